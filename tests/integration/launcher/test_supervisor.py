from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenthread.launcher import child_process
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.liveness import LivenessPolicy, until_unresponsive
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.supervisor import (
    Backoff,
    ComponentEnded,
    ComponentReady,
    ComponentUnresponsive,
    RestartFailed,
    Supervisor,
    SupervisorEvent,
)
from tests.integration.launcher.process_liveness import runs
from tests.support.asgi_server import eventually

CHILD = str(Path(__file__).with_name("child.py"))
FAST = Backoff(first=0.02, most=0.1)
SOON = LivenessPolicy(every=0.05, timeout=0.3, failures=3)
FAIR = LivenessPolicy(every=0.05, timeout=1.5, failures=3)
"""For children that are to be found alive, also on a busy machine."""


class World:
    """Children of one test, what they wrote, and what the supervisor told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[SupervisorEvent] = []

    def child(self, name: str, port: int, behaviour: str = "serves", patience: float = 60) -> ServiceProcess:
        return ServiceProcess(
            name,
            [sys.executable, CHILD, name, str(self.folder / "journal"), behaviour],
            port=port,
            log=self.folder / "logs" / f"{name}.log",
            environment=lambda: {"GOLDENTHREAD_HTTP_PORT": str(port)},
            patience=patience,
        )

    @property
    def journal(self) -> list[str]:
        return (self.folder / "journal").read_text().splitlines()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_stages_start_in_order_each_when_the_one_before_is_ready_and_stop_in_reverse(world: World) -> None:
    ports = free_ports(3)
    one, two, three = (world.child(name, port) for name, port in zip(("one", "two", "three"), ports, strict=True))
    supervisor = Supervisor([[one], [two], [three]], tell=world.told.append)
    await supervisor.start()
    assert world.told == [ComponentReady("one", 0), ComponentReady("two", 0), ComponentReady("three", 0)]
    await supervisor.stop()
    assert world.journal == [f"starts {n}" for n in ("one", "two", "three")] + [
        f"stops {n}" for n in ("three", "two", "one")
    ]
    assert [part.pid for part in (one, two, three)] == [None] * 3


async def test_a_part_that_dies_is_started_again_and_the_others_go_on(world: World) -> None:
    ports = free_ports(2)
    dies, lives = world.child("dies", ports[0]), world.child("lives", ports[1])
    supervisor = Supervisor([[dies, lives]], tell=world.told.append, backoff=FAST)
    await supervisor.start()
    unmoved, before = lives.pid, dies.pid
    for times in (1, 2):
        assert dies.pid is not None
        os.kill(dies.pid, signal.SIGKILL)
        await eventually(lambda times=times: ComponentReady("dies", times) in world.told)  # type: ignore[misc]
    assert [e.code for e in world.told if isinstance(e, ComponentEnded)] == [-signal.SIGKILL] * 2
    assert dies.pid not in (None, before)
    assert lives.pid == unmoved
    await supervisor.stop()


async def test_a_part_that_keeps_failing_is_tried_again_with_growing_waits_until_it_works(world: World) -> None:
    service = world.child("flaky", free_ports(1)[0])
    supervisor = Supervisor([[service]], tell=world.told.append, backoff=FAST)
    await supervisor.start()
    works = list(service._command)
    service._command = [*works[:-1], "fails"]
    assert service.pid is not None
    os.kill(service.pid, signal.SIGKILL)
    await eventually(lambda: sum(isinstance(event, RestartFailed) for event in world.told) >= 3)
    service._command = works
    await eventually(lambda: isinstance(world.told[-1], ComponentReady))
    waits = [event.again_in for event in world.told if isinstance(event, ComponentEnded | RestartFailed)]
    assert waits[:4] == [0.02, 0.04, 0.08, 0.1]
    assert "cannot find my settings" in next(event.why for event in world.told if isinstance(event, RestartFailed))
    await supervisor.stop()


async def _block(service: ServiceProcess) -> None:
    """Block its loop, for longer than anybody waits here."""
    assert service.pid is not None
    _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(b"GET /block HTTP/1.0\r\n\r\n")


async def _freeze(service: ServiceProcess) -> None:
    """Stop the process, as Ctrl-Z does: the kernel goes on taking connections for it."""
    assert service.pid is not None
    os.kill(service.pid, signal.SIGSTOP)


@pytest.mark.parametrize("stop_answering", [_block, _freeze])
async def test_a_part_that_lives_and_does_not_answer_is_killed_started_again_and_the_reason_is_told(
    world: World, stop_answering: Callable[[ServiceProcess], Awaitable[None]]
) -> None:
    ports = free_ports(2)
    hangs, lives = world.child("hangs", ports[0]), world.child("lives", ports[1])
    supervisor = Supervisor([[hangs, lives]], tell=world.told.append, backoff=FAST, watch=FAIR)
    await supervisor.start()
    before, unmoved = hangs.pid, lives.pid
    await stop_answering(hangs)
    await eventually(lambda: ComponentReady("hangs", 1) in world.told)
    silent, ended, back = world.told[2:]
    assert isinstance(silent, ComponentUnresponsive)
    assert (silent.name, silent.why) == ("hangs", "it was asked 3 times, and the last time: no answer within 1.5 s")
    assert (ended, back) == (ComponentEnded("hangs", -signal.SIGKILL, 0.02), ComponentReady("hangs", 1))
    assert hangs.pid not in (None, before)
    assert lives.pid == unmoved
    await hangs.ping()
    await supervisor.stop()


async def test_a_part_that_is_slow_and_answers_in_time_is_left_alone(world: World) -> None:
    slow = world.child("slow", free_ports(1)[0], "slow")
    supervisor = Supervisor([[slow]], tell=world.told.append, backoff=FAST, watch=FAIR)
    await supervisor.start()
    await eventually(lambda: world.journal.count("answers slow") >= 10)
    assert world.told == [ComponentReady("slow", 0)]
    await supervisor.stop()


async def test_a_launcher_that_was_late_itself_kills_nobody(world: World) -> None:
    """A suspended machine: nobody could answer, and after it nobody has answered yet."""
    service = world.child("fine", free_ports(1)[0], "slow")
    await service.start()
    asked = asyncio.Event()

    async def ping() -> None:
        asked.set()
        await service.ping()

    watching = asyncio.create_task(until_unresponsive(ping, SOON))
    for _ in range(5):
        asked.clear()
        await asyncio.wait_for(asked.wait(), 30)
        await asyncio.sleep(SOON.timeout / 10)  # the request is sent
        await _freeze(service)
        time.sleep(SOON.timeout * 2)  # noqa: ASYNC251 - the loop of the launcher itself does not run either
        os.kill(service.pid or 0, signal.SIGCONT)
    assert not watching.done()
    watching.cancel()
    await service.stop()


async def test_a_part_that_refuses_connections_at_once_is_given_the_whole_time_all_the_same() -> None:
    """It may be ending in an orderly way: then it ends by itself."""
    asked = 0

    async def refuse() -> None:
        nonlocal asked
        asked += 1
        raise ConnectionRefusedError("refused")

    began = time.monotonic()
    why = await until_unresponsive(refuse, SOON)
    assert time.monotonic() - began >= SOON.silence
    assert asked > SOON.failures
    assert why == f"it was asked {asked} times, and the last time: ConnectionRefusedError refused"


async def test_when_one_part_does_not_start_its_words_are_shown_and_nothing_stays_behind(world: World) -> None:
    ports = free_ports(3)
    first, slow = world.child("first", ports[0]), world.child("slow", ports[1], "never-ready")
    supervisor = Supervisor([[first], [slow, world.child("broken", ports[2], "fails")]])
    with pytest.raises(LaunchError, match=r"broken ended with code 1(?s:.*)cannot find my settings"):
        await supervisor.start()
    assert first.pid is None
    assert slow.pid is None


async def test_a_part_that_is_not_ready_in_time_is_an_error_and_is_stopped(world: World) -> None:
    service = world.child("late", free_ports(1)[0], "never-ready", patience=0.3)
    with pytest.raises(LaunchError, match="late was not ready"):
        await service.start()
    assert service.pid is None


async def test_sigterm_asks_the_supervisor_to_stop(world: World) -> None:
    supervisor = Supervisor([])
    waiting = asyncio.create_task(supervisor.until_asked())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(waiting, 30)


async def test_a_child_that_ignores_the_request_is_killed(world: World) -> None:
    service = world.child("stubborn", free_ports(1)[0], "stubborn")
    await service.start()
    assert service._process is not None
    assert await child_process.stop(service._process, signal.SIGTERM, patience=0.2) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal exists on Linux only")
async def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys, pathlib\n"
        "from goldenthread.launcher.child_process import spawn\n"
        "async def main():\n"
        "    child = await spawn(['sleep', '60'], log=pathlib.Path(sys.argv[1]))\n"
        "    print(child.pid, flush=True)\n"
        "    await child.wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path / "log"), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await eventually(lambda: not runs(child))


@given(st.integers(0, 10_000))
def test_waits_never_shrink_and_never_pass_the_limit(failures: int) -> None:
    backoff = Backoff()
    assert backoff.first <= backoff.wait(failures) <= backoff.wait(failures + 1) <= backoff.most
