"""Without its encryption keys a process does not start: it says in one sentence what to do, and ends with 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.launcher.issuer import Issuer
from tests.integration.launcher.running_process import running

_START = 60.0
"""Seconds for the start of a process on a busy machine, which its end follows."""


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "GOLDENTHREAD_KEYS_FILE is not set: make one with `goldenthread keys new`, and give its absolute path"),
        ("/nowhere/keys.json", "GOLDENTHREAD_KEYS_FILE: the key file /nowhere/keys.json cannot be read: No such file"),
    ],
)
async def test_a_process_without_its_keys_ends_and_says_what_to_do(issuer: Issuer, file: str, said: str) -> None:
    async with running("notifications", issuer, KEYS_FILE=file) as process:
        assert await process.ended(_START) == 2
        assert said in "".join(process.lines)


async def test_a_key_that_is_missing_is_named_with_the_command_that_makes_it(issuer: Issuer, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"keys": []}')
    async with running("notifications", issuer, KEYS_FILE=str(file)) as process:
        assert await process.ended(_START) == 2
        said = f"no key of the purpose webhooks; make one with `goldenthread keys new --purpose webhooks --file {file}`"
        assert said in "".join(process.lines)
