"""Runs tests on mutants: they are collected once, then each mutant has a process of its own, forked from that one."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pytest

OPTIONS = ["-x", "-s", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:warnings", "-Wignore"]
MEMORY = 4 << 30
_NOT_MADE = 99


class Trial(NamedTuple):
    """A mutant to be tried: what it is called, what puts it in place, and the tests that may kill it, in order."""

    module: str
    mutant: str
    prepare: Callable[[], None]
    tests: Sequence[str]


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

    def __init__(self, trials: Iterable[Trial], jobs: int, seconds: int, without: str = "") -> None:
        self._trials, self._jobs, self._seconds, self._without = trials, jobs, seconds, without
        self._running: dict[int, Trial] = {}
        self.results: list[Result] = []
        self.fit = False
        """Whether the tests pass without a mutant."""

    def pytest_runtest_setup(self) -> None:
        """Each test has its own time."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In each process that is forked: None, so that pytest goes on to run the tests there."""
        known: dict[tuple[str, ...], list[pytest.Item]] = {}
        for trial in (Trial("", "no mutant", lambda: None, ("",)), *self._trials):
            key = tuple(trial.tests)
            known[key] = known.get(key) or in_order(session.items, key, self._without)
            if self._fork(trial):
                session.items = known[key]
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
            return
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NOT_MADE:
            raise RuntimeError(f"{trial.module}.{trial.mutant} cannot be put in place")
        self.results.append(Result(trial.module, trial.mutant, outcome(status)))
        if self.results[-1].how != "killed":
            print(f"{self.results[-1].how}: {trial.module}.{trial.mutant}", file=sys.stderr, flush=True)


def in_order(items: Sequence[pytest.Item], tests: Sequence[str], without: str) -> list[pytest.Item]:
    """Those of `items` that are in `tests`, in the order of these; none whose id has `without` in it."""
    wanted = [each for each in items if not without or without not in each.nodeid]
    found = {each.nodeid: each for path in tests for each in wanted if each.nodeid.startswith(path)}
    return list(found.values())


def outcome(status: int) -> str:
    """What the status of a process says of its mutant."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return "timed out"
    return "survived" if status == 0 else "killed"


def run(
    trials: Iterable[Trial], tests: Sequence[str], jobs: int, seconds: int, without: str = "", whole: bool = False
) -> Forks:
    """Try every mutant; what was found. `tests` are all that any may need; on the `whole` slow ones run, too."""
    forks, parent = Forks(trials, jobs, seconds, without), os.getpid()
    every = ["-m", "not long and not kafka"] if whole else []
    code = int(pytest.main([*OPTIONS, "-q", *every, *tests], [forks]))
    if os.getpid() != parent:
        os._exit(code)
    return forks
