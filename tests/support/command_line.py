"""`goldenthread` as a user types it: a command in a process of its own, and what it said."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.running_instance import COMMAND

_PATIENCE = 180.0


@dataclass(frozen=True)
class CommandOutput:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, of a command that went well."""
        assert (self.code, self.err) == (0, ""), self
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Types commands, with `settings` as environment variables; outside a terminal."""

    settings: dict[str, str]
    cwd: Path

    async def __call__(self, *arguments: str | Path) -> CommandOutput:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GOLDENTHREAD_")}
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *map(str, arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**clean, **self.settings},
            cwd=self.cwd,
        )
        out, err = await asyncio.wait_for(process.communicate(), _PATIENCE)
        return CommandOutput(process.returncode or 0, out.decode(), err.decode())


def refused(said: CommandOutput) -> str:
    """What a command that failed said: on stderr only, in words, without a traceback."""
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith("goldenthread: ")
    assert "Traceback" not in said.err
    return said.err
