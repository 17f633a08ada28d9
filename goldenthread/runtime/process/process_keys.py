"""The encryption keys of a process, as its settings say."""

from __future__ import annotations

from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.keys.key_file import KeyProblem
from goldenthread.runtime.keys.keyring import Keyring
from goldenthread.runtime.observability.health import Check, NotReady
from goldenthread.runtime.observability.start_progress import Misconfigured


def process_keys(path: str, *purposes: str) -> Keyring:
    """The keys of the file. Raises `Misconfigured`, which ends the process, when they cannot be used."""
    try:
        return Keyring(path, purposes)
    except KeyProblem as error:
        raise Misconfigured(f"{variable('keys_file')}: {error}") from error


def keys_check(keyring: Keyring) -> Check:
    """Says, for what is reported beside readiness, why the keys of the file are not those that are used."""

    async def check() -> None:
        if (problem := keyring.problem()) is not None:
            raise NotReady(f"{problem}; until then the keys that were read last are used")

    return check
