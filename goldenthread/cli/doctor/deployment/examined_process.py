"""The process whose environment is examined."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import Process
from goldenthread.runtime.configuration.settings import FILE, ProcessSettings, variable


class ServiceTokenResult(NamedTuple):
    """The token that a process shows others, or why there is none, and what to do."""

    token: Secret | None
    problem: str = ""
    next: str = ""


class ExaminedProcess:
    """A process, its settings, and what its checks share."""

    def __init__(
        self,
        process: Process,
        settings: ProcessSettings,
        environment: Mapping[str, str],
        http: httpx.AsyncClient,
        token_task: asyncio.Task[ServiceTokenResult],
        neighbours: httpx.AsyncClient | None = None,
        shown_token: Secret | None = None,
    ) -> None:
        """`http` is for everybody but the `neighbours`, for which the process trusts authorities of its own.
        `shown_token` is another token, which the operator wants examined.
        """
        self.process, self.settings, self.http, self.token_task = process, settings, http, token_task
        self.neighbours, self.shown_token = neighbours or http, shown_token
        self._given = frozenset(name for name, value in environment.items() if value)

    def source(self, setting: str) -> str:
        """The variable that a setting comes from."""
        name = variable(setting)
        return name + FILE if name not in self._given and name + FILE in self._given else name
