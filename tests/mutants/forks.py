"""Runs tests on mutants: they are collected once, then each mutant has a process of its own, forked from that one.

The first process has no mutant: it says whether the tests pass, and which functions each of them calls. A mutant meets
the tests that call its function, and no others.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from tests.mutants.calls import Calls, Recorder

OPTIONS = ["-x", "-s", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:warnings", "-Wignore"]
MEMORY = 4 << 30
_NOT_MADE = 99
SLOWER = 5
"""How many times the time it may take, a test takes at most while its calls are recorded."""


class Trial(NamedTuple):
    """A mutant to be tried: what it is called, what puts it in place, and the tests that may kill it, in order."""

    module: str
    mutant: str
    prepare: Callable[[], None]
    tests: Sequence[str]
    function: str = ""
    """The file and the name of the function that is mutated, as `Calls` has it."""


class Result(NamedTuple):
    """What became of a mutant: `killed`, `timed out` or `survived`."""

    module: str
    mutant: str
    how: str


class Forks:
    """A plugin of pytest that runs the tests that were collected once without a mutant, then once for each.

    `seconds` of processor time are what one test may take: more ends its process (SIGPROF). Raises `RuntimeError` where
    a mutant cannot be put in place.
    """

    def __init__(
        self, trials: Iterable[Trial], jobs: int, seconds: int, said: Path, without: Sequence[str] = ()
    ) -> None:
        self._trials, self._jobs, self._seconds, self._without = trials, jobs, seconds, without
        self._recorder, self._calls, self._said = Recorder(), Calls({}, {}), said
        self._running: dict[int, Trial] = {}
        self.results: list[Result] = []
        self.fit = False
        """Whether the tests pass without a mutant."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Each test has its own time. What is set up may be shared by the tests of a file."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        with self._recorder.of(item.nodeid.partition("::")[0]):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """The test itself."""
        with self._recorder.of(item.nodeid):
            return (yield)

    def pytest_sessionfinish(self) -> None:
        """Say which functions were called, in the process without a mutant."""
        if self._recorder.on:
            self._said.write_text(self._recorder.calls().said())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In each process that is forked: None, so that pytest goes on to run the tests there."""
        known: dict[tuple[str, ...], list[pytest.Item]] = {}
        for trial in (Trial("", "no mutant", lambda: None, ("",)), *self._trials):
            key = tuple(trial.tests)
            known[key] = known.get(key) or in_order(session.items, key, self._without)
            if self._fork(trial):
                session.items = self._calls.callers(trial.function, known[key]) if trial.module else known[key]
                return None
            if not trial.module:
                self._next()
                if not self.fit:
                    break
        while self._running:
            self._next()
        return True

    def _fork(self, trial: Trial) -> bool:
        """True in the process of the mutant."""
        if len(self._running) == self._jobs:
            self._next()
        child = os.fork()
        if child:
            self._running[child] = trial
            return False
        self._recorder.on, self._seconds = not trial.module, self._seconds * (1 if trial.module else SLOWER)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            trial.prepare()
        except BaseException:
            traceback.print_exc()
            os._exit(_NOT_MADE)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        return True

    def _next(self) -> None:
        """Wait for the next that ends."""
        child, status = os.wait()
        trial = self._running.pop(child)
        if not trial.module:
            self.fit = status == 0
            if self.fit:
                self._calls = Calls.read(self._said.read_text())
            return
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NOT_MADE:
            raise RuntimeError(f"{trial.module}.{trial.mutant} cannot be put in place")
        self.results.append(Result(trial.module, trial.mutant, outcome(status)))
        if self.results[-1].how != "killed":
            print(f"{self.results[-1].how}: {trial.module}.{trial.mutant}", file=sys.stderr, flush=True)


def in_order(items: Sequence[pytest.Item], tests: Sequence[str], without: Sequence[str]) -> list[pytest.Item]:
    """Those of `items` that are in `tests`, in the order of these; none whose id has one of `without` in it."""
    wanted = [each for each in items if not any(part in each.nodeid for part in without)]
    found = {each.nodeid: each for path in tests for each in wanted if each.nodeid.startswith(path)}
    return list(found.values())


def outcome(status: int) -> str:
    """What the status of a process says of its mutant."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return "timed out"
    return "survived" if status == 0 else "killed"


def run(
    trials: Iterable[Trial],
    tests: Sequence[str],
    jobs: int,
    seconds: int,
    without: Sequence[str] = (),
    slow: bool = False,
) -> Forks:
    """Try every mutant; what was found. `tests` are all that any may need; `slow`: those marked so run, too."""
    every, parent = ["-m", "not long and not kafka"] if slow else [], os.getpid()
    with TemporaryDirectory() as folder:
        forks = Forks(trials, jobs, seconds, Path(folder) / "calls.json", without)
        code = int(pytest.main([*OPTIONS, "-q", *every, *tests], [forks]))
        if os.getpid() != parent:
            os._exit(code)
    return forks
