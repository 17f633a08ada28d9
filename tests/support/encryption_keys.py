"""Key files for tests: one of the process for all who need any, and ciphers with keys of their own."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from goldenthread.launcher import private_file
from goldenthread.launcher.key_creation import ensure_keys
from goldenthread.runtime.keys.key_file import EncryptionKey, file_text
from goldenthread.runtime.keys.keyring import Keyring
from goldenthread.runtime.keys.purposes import PURPOSES, WEBHOOKS
from services.notifications.webhooks.webhook_secrets import WebhookCipher


@cache
def keys_file() -> str:
    """A file with a key of every purpose, the same as long as this process lives."""
    folder = Path(tempfile.mkdtemp(prefix="goldenthread-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(ensure_keys(folder / "keys.json", PURPOSES))


@cache
def webhook_cipher() -> WebhookCipher:
    """The cipher with the keys of that file."""
    return WebhookCipher(Keyring(keys_file(), [WEBHOOKS]))


def write_keys(file: Path, keys: Sequence[EncryptionKey]) -> None:
    """Replace a key file by one with these keys, the first of which encrypts."""
    private_file.write(file, file_text(keys))
