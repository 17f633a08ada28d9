"""What the launcher is told about a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from goldenthread.launcher.machine import Options
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.topology import PROCESSES

TELLING = tuple(process._replace(module="tests.integration.launcher.environment_child") for process in PROCESSES)


def options(data_dir: Path, **more: Any) -> Options:
    return Options(data_dir=data_dir, gateway_port=free_port(), processes=TELLING, **more)


async def told(url: str) -> dict[str, str]:
    async with httpx.AsyncClient() as client:
        answer: dict[str, str] = (await client.get(url)).json()
        return answer
