"""Tokens of the processes of `goldenthread up` never expire while it runs, whatever the clock does."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from goldenthread.launcher import private_file
from goldenthread.launcher.issuer import SERVICE_LIFETIME, Issuer
from goldenthread.launcher.service_tokens import RENEWED_AFTER, ServiceTokens
from tests.support.asgi_server import eventually

CLIENTS = ["goldenthread-goals", "goldenthread-gateway"]
HOUR = 3600.0


class Kept:
    """Tokens of a machine whose clock the test moves."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        monkeypatch.setattr("goldenthread.launcher.issuer.time.time", lambda: self.now)
        self.issuer = Issuer.load(folder, "http://127.0.0.1:1")
        self.tokens = ServiceTokens(self.issuer, folder / "tokens", CLIENTS, lambda: self.now)
        self._keys = KeySet([self.issuer._key])

    def expires_in(self, client: str) -> float:
        token = self.tokens.file(client).read_text()
        return float(jwt.decode(token, self._keys, algorithms=["ES256"]).claims["exp"] - self.now)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    made = Kept(tmp_path, monkeypatch)
    made.tokens.renew()
    return made


def test_each_process_has_a_file_of_its_own_that_only_its_owner_reads(kept: Kept) -> None:
    files = [kept.tokens.file(client) for client in CLIENTS]
    assert len({each.read_text() for each in files}) == 2
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}


def test_five_years_without_a_restart(kept: Kept) -> None:
    for _ in range(5 * 365):
        kept.now += HOUR * 24
        kept.tokens.renew_if_old()
        assert all(kept.expires_in(client) == SERVICE_LIFETIME.total_seconds() for client in CLIENTS)


def test_a_young_token_stays(kept: Kept) -> None:
    before = kept.tokens.file(CLIENTS[0]).read_text()
    kept.now += RENEWED_AFTER.total_seconds() - 1
    kept.tokens.renew_if_old()
    assert kept.tokens.file(CLIENTS[0]).read_text() == before
    kept.now += 1
    kept.tokens.renew_if_old()
    assert kept.tokens.file(CLIENTS[0]).read_text() != before


def test_a_clock_that_is_set_back_makes_new_tokens_because_the_old_ones_are_not_valid_yet(kept: Kept) -> None:
    kept.now -= 30 * 24 * HOUR
    kept.tokens.renew_if_old()
    assert kept.expires_in(CLIENTS[0]) == SERVICE_LIFETIME.total_seconds()


async def test_a_disk_that_is_full_for_hours_is_tried_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(file: Path, text: str) -> None:
        tried.append(file)
        raise OSError(28, "No space left on device")

    write = private_file.write
    monkeypatch.setattr(private_file, "write", full)
    kept.now += 3 * HOUR
    keeping = asyncio.create_task(kept.tokens.keep_valid(look=0.01))
    await eventually(lambda: len(tried) > 2)
    assert kept.expires_in(CLIENTS[0]) == 21 * HOUR
    monkeypatch.setattr(private_file, "write", write)
    await eventually(lambda: kept.expires_in(CLIENTS[1]) == 24 * HOUR)
    keeping.cancel()
