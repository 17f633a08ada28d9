"""How other commands find a running instance: a file in its data dir, believed only while its lock is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from goldenthread.contracts.secret import Secret, hidden, revealed
from goldenthread.launcher import lock, private_file
from goldenthread.launcher.issuer import Issuer

DATA_DIR = Path(".goldenthread")


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """A running instance: where its parts are. Holds database passwords, so the file is private."""

    pid: int
    started: str
    graphql: str
    urls: dict[str, str]
    kafka: str
    databases: dict[str, Secret]
    issuer: str
    audience: str
    pids: dict[str, int]
    logs: str


def find(data_dir: Path = DATA_DIR) -> Instance | None:
    """The instance that runs on `data_dir`; None when none does, or it is not ready yet."""
    if not lock.is_held(_lock(data_dir)):
        return None
    try:
        return msgspec.json.decode(_file(data_dir).read_bytes(), type=Instance, dec_hook=hidden)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def is_claimed(data_dir: Path = DATA_DIR) -> bool:
    """Whether an instance has this data dir, ready or still on its way."""
    return lock.is_held(_lock(data_dir))


def issuer_of(data_dir: Path, instance: Instance) -> Issuer:
    """The issuer of a running instance, to mint tokens with."""
    return Issuer.load(data_dir, instance.issuer, instance.audience)


@contextmanager
def claim(data_dir: Path) -> Iterator[None]:
    """Hold `data_dir` for one instance; refuses while another one runs on it. What an earlier one wrote is removed."""
    with lock.hold(_lock(data_dir)):
        _file(data_dir).unlink(missing_ok=True)
        try:
            yield
        finally:
            _file(data_dir).unlink(missing_ok=True)


def publish(data_dir: Path, instance: Instance) -> None:
    """Say where the instance's parts are now."""
    encoded = msgspec.json.encode(instance, enc_hook=revealed)
    private_file.write(_file(data_dir), msgspec.json.format(encoded, indent=2).decode())


def _lock(data_dir: Path) -> Path:
    return data_dir / "instance.lock"


def _file(data_dir: Path) -> Path:
    return data_dir / "instance.json"
