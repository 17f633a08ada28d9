"""The keys of this process: encrypts and decrypts secrets that are stored, and follows the key file.

A secret is encrypted with AES-256-GCM and a random nonce of 96 bits. Purpose, organization, object and key id are
authenticated with it: what is copied to another row, or comes under another key id, does not decrypt. One key may
encrypt 2**32 secrets (NIST SP 800-38D); a webhook is encrypted a few times in its life.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.keys.key_file import EncryptionKey, KeyProblem, read_keys

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""After which the file is read again."""
_NONCE = 12
_FORMAT = b"\x01"
"""The first byte of what is stored: the form of the rest."""


class CannotDecrypt(ValueError):
    """A secret cannot be decrypted. The message says why, and shows nothing of the secret."""


class SecretPlace(NamedTuple):
    """Where a secret is stored, and what for; it can be decrypted for this place alone."""

    purpose: str
    organization: Id
    object: Id


class EncryptedSecret(NamedTuple):
    """A secret as it is stored: the id of the key, and the format, the nonce and the ciphertext with its tag."""

    kid: str
    data: bytes


class Keyring:
    """The keys of a file, for the `purposes` of this process. The file is read again, at most once a second.

    A file that cannot be used, when it is read again, changes nothing: the last good keys are used, the reason is
    logged, and `problem` says it.
    """

    def __init__(self, path: str, purposes: Iterable[str], clock: Callable[[], float] = monotonic) -> None:
        """Raises `KeyProblem` when the file cannot be used."""
        self.path = path
        self._purposes, self._clock = frozenset(purposes), clock
        self._problem: str | None = None
        self._keys: list[EncryptionKey] = []
        self._ciphers: dict[tuple[str, str], AESGCM] = {}
        self._take(read_keys(path, self._purposes))
        self._read_at = clock()

    def first(self, purpose: str) -> str:
        """The id of the key that encrypts."""
        return self.kids(purpose)[0]

    def kids(self, purpose: str) -> Sequence[str]:
        """The ids of the keys of a purpose, in the order of the file."""
        self._follow()
        return [each.kid for each in self._keys if each.purpose == purpose]

    def problem(self) -> str | None:
        """Why the file cannot be used as it is now; None when it can."""
        self._follow()
        return self._problem

    def encrypt(self, place: SecretPlace, text: Secret) -> EncryptedSecret:
        """The secret, encrypted with the first key of its purpose."""
        kid, nonce = self.first(place.purpose), os.urandom(_NONCE)
        cipher = self._ciphers[place.purpose, kid]
        data = cipher.encrypt(nonce, text.reveal().encode(), _associated(place, kid))
        return EncryptedSecret(kid, _FORMAT + nonce + data)

    def decrypt(self, place: SecretPlace, stored: EncryptedSecret) -> Secret:
        """The secret. Raises `CannotDecrypt` for a key that is not in the file, another place, and changed data."""
        self._follow()
        cipher = self._ciphers.get((place.purpose, stored.kid))
        if cipher is None:
            raise CannotDecrypt(f"the key {stored.kid} is not in the key file")
        if stored.data[:1] != _FORMAT or len(stored.data) <= 1 + _NONCE:
            raise CannotDecrypt("what is stored is in no form that this release knows")
        nonce, data = stored.data[1 : 1 + _NONCE], stored.data[1 + _NONCE :]
        try:
            return Secret(cipher.decrypt(nonce, data, _associated(place, stored.kid)).decode())
        except InvalidTag:
            raise CannotDecrypt(
                f"the key {stored.kid} does not decrypt it: what is stored was changed or copied from another place,"
                " or the key file has another key of this id"
            ) from None

    def _follow(self) -> None:
        if self._clock() - self._read_at < _LOOK_SECONDS:
            return
        self._read_at = self._clock()
        try:
            found = read_keys(self.path, self._purposes)
        except KeyProblem as error:
            if str(error) != self._problem:
                log.error("%s; until then the keys that were read last are used", error)
            self._problem = str(error)
            return
        if self._problem is not None:
            log.info("the key file %s can be used again", self.path)
        self._problem = None
        if found != self._keys:
            self._take(found)
            log.info("the key file %s was read again; its keys are %s", self.path, [each.kid for each in found])

    def _take(self, keys: list[EncryptionKey]) -> None:
        self._keys = keys
        self._ciphers = {(each.purpose, each.kid): AESGCM(each.material) for each in keys}


def _associated(place: SecretPlace, kid: str) -> bytes:
    return msgspec.json.encode([place.purpose, place.organization, place.object, kid])
