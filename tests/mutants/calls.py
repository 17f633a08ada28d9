"""Which functions each test calls: no other test can notice a mutant of one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Self

import pytest


def function_name(file: str, name: str) -> str:
    """What a function is called here: its file, and its name with that of its class."""
    return f"{file}:{name}"


class Calls:
    """By test, or by file of tests for what its tests share: the functions that were called, and how long it took."""

    def __init__(self, called: Mapping[str, Sequence[str]], seconds: Mapping[str, float]) -> None:
        self._called = {by: frozenset(functions) for by, functions in called.items()}
        self._seconds = seconds

    def said(self) -> str:
        """As text, which `read` reads."""
        return json.dumps([{by: sorted(functions) for by, functions in self._called.items()}, self._seconds])

    @classmethod
    def read(cls, said: str) -> Self:
        """What `said` wrote."""
        return cls(*json.loads(said))

    def callers(self, function: str, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """Those of `items` that call a function, a file whose tests are quick first; all of them where none does."""
        by_file: dict[str, list[pytest.Item]] = {}
        for item in items:
            file = item.nodeid.partition("::")[0]
            if any(function in self._called.get(by, ()) for by in (item.nodeid, file)):
                by_file.setdefault(file, []).append(item)
        found = sorted(by_file.values(), key=lambda each: sum(self._seconds.get(item.nodeid, 0) for item in each))
        return [item for each in found for item in each] or list(items)


class Recorder:
    """Writes down what is called while tests run, where it is `on`."""

    def __init__(self) -> None:
        self.on = False
        self._called: dict[str, set[CodeType]] = {}
        self._seconds: dict[str, float] = {}

    @contextmanager
    def of(self, by: str) -> Iterator[None]:
        """What is called within belongs to this test, or file of tests."""
        if not self.on:
            yield
            return
        called = self._called.setdefault(by, set())

        def seen(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                called.add(frame.f_code)

        since = time.process_time()
        sys.setprofile(seen)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._seconds[by] = time.process_time() - since

    def calls(self) -> Calls:
        """What was called; a function within another is the other."""
        return Calls(
            {
                by: [function_name(code.co_filename, code.co_qualname.partition(".<locals>")[0]) for code in codes]
                for by, codes in self._called.items()
            },
            self._seconds,
        )
