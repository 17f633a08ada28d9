"""What is secret about a webhook, as it is stored: encrypted for its organization and its id, and for nothing else.

The URL is a secret as well: with many receivers its path or its query is all that a sender needs to know.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret, hidden, revealed
from goldenthread.runtime.keys.keyring import EncryptedSecret, Keyring, SecretPlace
from goldenthread.runtime.keys.purposes import WEBHOOKS

_encoder = msgspec.json.Encoder(enc_hook=revealed)


class WebhookSecrets(Struct, frozen=True):
    """The two secrets of a webhook: where it leads, and what its deliveries are signed with."""

    url: Secret
    secret: Secret


_decoder = msgspec.json.Decoder(WebhookSecrets, dec_hook=hidden)


class WebhookCipher:
    """Encrypts and decrypts the secrets of webhooks."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    @property
    def first(self) -> str:
        """The id of the key that encrypts now."""
        return self._keyring.first(WEBHOOKS)

    @property
    def kids(self) -> list[str]:
        """The ids of all keys that decrypt now."""
        return list(self._keyring.kids(WEBHOOKS))

    @property
    def file(self) -> str:
        """The path of the key file."""
        return self._keyring.path

    def encrypt(self, organization: Id, webhook: Id, secrets: WebhookSecrets) -> EncryptedSecret:
        """The secrets as they are stored."""
        return self._keyring.encrypt(_place(organization, webhook), Secret(_encoder.encode(secrets).decode()))

    def decrypt(self, organization: Id, webhook: Id, stored: EncryptedSecret) -> WebhookSecrets:
        """The secrets. Raises `CannotDecrypt`."""
        return _decoder.decode(self._keyring.decrypt(_place(organization, webhook), stored).reveal())


def shown_url(url: Secret) -> str:
    """What may be seen of a URL in the database: scheme, host and port, and … for the rest."""
    parts = urlsplit(url.reveal())
    return f"{parts.scheme}://{parts.netloc}/…"


def _place(organization: Id, webhook: Id) -> SecretPlace:
    return SecretPlace(WEBHOOKS, organization, webhook)
