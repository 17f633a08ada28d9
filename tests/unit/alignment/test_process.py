"""The process that alignment is: what it asks of the machine."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette

from goldenthread.contracts.secret import Secret
from services.alignment import __main__ as alignment
from services.alignment.settings import Settings
from services.alignment.size_classes import SizeClass


@pytest.mark.parametrize(("share", "asked"), [("large", [10]), ("small", []), ("all", [])])
async def test_whoever_judges_the_large_ones_lets_others_have_the_machine_first(
    share: SizeClass, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    nicer = list[int]()

    @asynccontextmanager
    async def built(_: Settings) -> AsyncIterator[Starlette]:
        yield Starlette()

    monkeypatch.setattr(os, "nice", nicer.append)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(alignment, "build", built)
    settings = Settings(
        kafka="none",
        issuer="none",
        service_token=Secret("none"),
        database_url=Secret("none"),
        goals_url="none",
        share=share,
    )
    async with alignment.process(settings):
        assert nicer == asked
