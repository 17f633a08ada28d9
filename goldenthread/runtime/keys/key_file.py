"""The file of encryption keys: a list of entries in JSON, each with an id (`kid`), a purpose and the key.

    {"keys": [{"kid": "webhooks-2026-11-30-5f0c1a", "purpose": "webhooks", "key": "32 bytes in base64"}]}

The first key of a purpose encrypts, all of them decrypt. Fields that are not known are ignored.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.small_files import UnreadableFile, read

KEY_BYTES = 32
"""Of a key of AES-256."""
_KID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", re.ASCII)
"""Shorter than a key in base64, so that a key that stands in the place of its id is not taken for one, nor shown."""
_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_SHAPE = '{"keys": [{"kid": "…", "purpose": "…", "key": "…"}]}'


class KeyProblem(ValueError):
    """Why keys cannot be used: a sentence that names the file, the entry and what to do, and shows no key."""


class EncryptionKey(Struct, frozen=True):
    """One entry of the file."""

    kid: str
    purpose: str
    secret: Secret
    """The key itself, in base64."""

    @property
    def material(self) -> bytes:
        """The 32 bytes of the key, for the one call that needs them."""
        return base64.b64decode(self.secret.reveal())


def read_keys(path: str, purposes: Iterable[str] = ()) -> list[EncryptionKey]:
    """The entries of a file, in their order. Raises `KeyProblem`, also when one of `purposes` has no key."""
    needed = sorted(purposes)
    try:
        content = read(path)
    except UnreadableFile as error:
        raise KeyProblem(f"the key file {error}; {_advice(path, needed)}") from error
    keys = _entries(path, content)
    for purpose in needed:
        if not any(each.purpose == purpose for each in keys):
            raise KeyProblem(f"the key file {path} has no key of the purpose {purpose}; {_advice(path, [purpose])}")
    return keys


def new_key(purpose: str, now: datetime) -> EncryptionKey:
    """A random key, whose id says its purpose and the day."""
    kid = f"{purpose[:20]}-{now:%Y-%m-%d}-{os.urandom(3).hex()}"
    return EncryptionKey(kid, purpose, Secret(base64.b64encode(os.urandom(KEY_BYTES)).decode()))


def file_text(keys: Sequence[EncryptionKey]) -> str:
    """The content of a file with these keys. It is secret."""
    entries = [{"kid": each.kid, "purpose": each.purpose, "key": each.secret.reveal()} for each in keys]
    return msgspec.json.format(msgspec.json.encode({"keys": entries}), indent=2).decode() + "\n"


def _advice(path: str, purposes: Sequence[str]) -> str:
    commands = [f"`goldenthread keys new --purpose {each} --file {path}`" for each in purposes]
    return f"make one with {' and '.join(commands or ['`goldenthread keys new`'])}"


def _entries(path: str, content: bytes) -> list[EncryptionKey]:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        document = None  # what the decoder says might quote the content
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise KeyProblem(f"the key file {path} is not JSON of the form {_SHAPE}; correct it")
    found: list[EncryptionKey] = []
    for number, entry in enumerate(listed, 1):
        found.append(_entry(f"the key file {path}, entry {number}", entry, found))
    return found


def _entry(where: str, entry: Any, before: Sequence[EncryptionKey]) -> EncryptionKey:
    """One entry. Raises `KeyProblem` for a malformed one, and for one that repeats an id or a key from `before`."""
    kid, purpose, key = (entry.get(name) if isinstance(entry, dict) else None for name in ("kid", "purpose", "key"))
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise KeyProblem(f"{where}: kid is not 1 to 40 letters, digits, dots, hyphens or underscores; correct it")
    where = f"{where} ({kid})"
    if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose):
        raise KeyProblem(f"{where}: purpose is not a word in small letters such as webhooks; correct it")
    if not isinstance(key, str) or not _is_key(key):
        again = f"`goldenthread keys new --purpose {purpose}`"
        raise KeyProblem(f"{where}: key is not {KEY_BYTES} bytes in base64; restore it, or make another one: {again}")
    made = EncryptionKey(kid, purpose, Secret(key))
    for other in before:
        if other.kid == kid:
            raise KeyProblem(f"{where}: another entry before it has the same kid; remove one of them")
        if other.secret == made.secret:
            raise KeyProblem(f"{where}: its key is also that of {other.kid}; each entry needs a key of its own")
    return made


def _is_key(text: str) -> bool:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return len(found) == KEY_BYTES and base64.b64encode(found).decode() == text
