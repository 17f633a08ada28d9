"""A running Golden Thread, as a user starts it: `goldenthread up --json` in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from goldenthread.launcher import instance_file
from goldenthread.launcher.instance_file import Instance
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.clock import new_id
from tests.support.ending_with_parent import ending_with_parent
from tests.support.graphql_client import Client

COMMAND = Path(sys.executable).with_name("goldenthread")
_PATIENCE = 90.0


class RunningInstance:
    """One `goldenthread up` on `data_dir`; `options` are added to its command line.

    `command` is how to run `goldenthread`, of another release perhaps; `variables` are added to our environment.
    """

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        command: Sequence[str | Path] = (COMMAND,),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self._command, self._variables = command, dict(variables or {})
        self._options = ("--http-port", str(free_port()), *options)
        self._process: asyncio.subprocess.Process | None = None
        self.said: dict[str, Any] = {}
        """The one line it printed."""

    async def start(self) -> None:
        """Start it; returns when it said that it is ready."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            *("up", "--json", "--data-dir", str(self.data_dir), *self._options),
            stdout=subprocess.PIPE,
            stderr=(self.data_dir / "up.log").open("ab"),
            env=os.environ | self._variables,
            start_new_session=True,
            preexec_fn=ending_with_parent(),
        )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _PATIENCE)
        assert line, f"goldenthread up ended: {(self.data_dir / 'up.log').read_text()}"
        self.said = json.loads(line)

    async def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self._process.wait(), _PATIENCE)

    async def kill_everything(self) -> None:
        """`kill -9` of the supervisor and everything it runs."""
        assert self._process is not None
        pids = [self._process.pid, *self.instance.pids.values()]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        await self._process.wait()

    def kill(self, name: str) -> int:
        """`kill -9` of one process; its pid."""
        pid = self.instance.pids[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    async def back(self, name: str, before: int) -> None:
        """Wait until a killed process runs again, and is ready."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while not await self._runs_again(name, before):
            assert asyncio.get_running_loop().time() < deadline, f"{name} did not come back"
            await asyncio.sleep(0.05)

    async def _runs_again(self, name: str, before: int) -> bool:
        found = instance_file.find(self.data_dir)
        if found is None or found.pids.get(name, before) == before:
            return False
        if name not in found.urls:
            return True
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{found.urls[name]}/ready")).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def instance(self) -> Instance:
        """Where its parts are now."""
        found = instance_file.find(self.data_dir)
        assert found is not None
        return found

    @property
    def issuer(self) -> Issuer:
        """Mints its tokens."""
        return instance_file.issuer_of(self.data_dir, self.instance)

    def client(self, http: httpx.AsyncClient, organization: str, subject: str) -> Client:
        """A client that speaks as a person."""
        return Client(http, self.said["graphql"], self.issuer.person_token(subject, organization))

    async def new_organization(self, http: httpx.AsyncClient) -> str:
        """An organization of one's own, whose administrator is `admin`."""
        asked = {"id": new_id("org"), "name": "Test", "admin_name": "Ada Admin", "admin_subject": "admin"}
        headers = {"Authorization": f"Bearer {self.issuer.service_token()}"}
        answer = await http.post(f"{self.instance.urls['goals']}/v1/organizations", json=asked, headers=headers)
        answer.raise_for_status()
        return asked["id"]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
