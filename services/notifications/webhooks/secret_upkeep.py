"""Keeps the stored secrets of webhooks encrypted with the first key, and finds those that cannot be decrypted.

Every process of notifications does this, all at once or one alone. Two that read the key file at different moments do
not work against each other: a webhook that was just encrypted is not encrypted again for `SETTLED`. And a key that one
process does not have yet disables nothing: a webhook is disabled when none could decrypt it for `PATIENCE`, and
meanwhile processes that can deliver to it. It is enabled again, and gets what it missed, when it can be decrypted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from goldenthread.runtime.keys.purposes import WEBHOOKS
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import is_away, raise_if_cancelled
from goldenthread.runtime.postgres.database import Pool
from services.notifications.webhooks import encryption_store as store
from services.notifications.webhooks.encryption_store import Suspect
from services.notifications.webhooks.webhook_secrets import WebhookCipher

log = logging.getLogger(__name__)

SETTLED = timedelta(minutes=2)
"""Longer than the replicas of a Secret in Kubernetes differ, usually a minute."""
PATIENCE = timedelta(minutes=5)
_PAUSE = 5.0
"""Seconds between two looks, at least."""
_REST, _LONGEST = 50.0, 120.0
"""The pause after a look is so many times as long as the look, which reads all webhooks; so many seconds at most."""


class SecretUpkeep:
    """The upkeep in one process: `run` until cancelled. `wake` is called when there may be something to deliver."""

    def __init__(
        self,
        pool: Pool,
        cipher: WebhookCipher,
        wake: Callable[[], None],
        settled: timedelta = SETTLED,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._pool, self._cipher, self._wake = pool, cipher, wake
        self._settled, self._patience = settled, patience
        self._in_use: dict[str, int] = {}
        self._unreadable = 0

    async def run(self) -> None:
        """Look every few seconds, until cancelled. A database that is away is asked again."""
        metrics.UNREADABLE_SECRETS.follow(lambda: self._unreadable, WEBHOOKS)
        try:
            while True:
                began = monotonic()
                try:
                    await self.look()
                except Exception as error:
                    raise_if_cancelled(error)
                    if not is_away(error):
                        raise
                    log.warning("secrets of webhooks are looked at again: %s: %s", type(error).__name__, error)
                await asyncio.sleep(max(_PAUSE, min(_LONGEST, _REST * (monotonic() - began))))
        finally:
            metrics.UNREADABLE_SECRETS.forget(WEBHOOKS)
            for kid in self._in_use:
                metrics.ENCRYPTED_SECRETS.forget(WEBHOOKS, kid)

    async def look(self) -> None:
        """Encrypt what is to be encrypted, in batches; judge what cannot be decrypted; count which keys are in use."""
        while done := await store.encrypt_plain(self._pool, self._cipher):
            log.info("%s webhooks of a release before are encrypted now", done)
            self._wake()
        while done := await store.encrypt_again(self._pool, self._cipher, self._settled):
            log.info("%s webhooks were encrypted again, with the key %s", done, self._cipher.first)
        await self._judge_suspects()
        await self._count()

    async def _judge_suspects(self) -> None:
        unreadable, after = 0, ("", "")
        while found := await store.suspects(self._pool, self._cipher, self._patience, after):
            for each in found:
                await self._judge(each)
                unreadable += each.problem is not None
            after = (found[-1].organization, found[-1].id)
        self._unreadable = unreadable

    async def _judge(self, found: Suspect) -> None:
        if found.problem is None:
            await store.enable(self._pool, found)
            if found.disabled:
                log.info("webhook %s can be decrypted again and is enabled", found.id, extra=_known(found))
            self._wake()
        elif not found.noted:
            await store.note_unreadable(self._pool, found)
            log.warning("webhook %s: %s", found.id, found.problem, extra=_known(found))
        elif found.late and not found.disabled and await store.disable(self._pool, found):
            advice = "restore the key: it is enabled then, and gets what it missed"
            log.error("webhook %s is disabled: %s; %s", found.id, found.problem, advice, extra=_known(found))

    async def _count(self) -> None:
        """Publish how many webhooks are encrypted with each key, and log a key that is no longer needed."""
        kids, before = self._cipher.kids, self._in_use
        found = dict.fromkeys(kids, 0) | dict(await store.keys_in_use(self._pool))
        for kid in before.keys() - found.keys():
            metrics.ENCRYPTED_SECRETS.forget(WEBHOOKS, kid)
        for kid, count in found.items():
            metrics.ENCRYPTED_SECRETS.follow(lambda count=count: count, WEBHOOKS, kid)  # type: ignore[misc]
            if count == 0 and before.get(kid, 0) > 0 and kid in kids[1:]:
                log.info(
                    "no webhook is encrypted with the key %s any more: it may be removed from %s, unless a backup from"
                    " before this moment may have to be restored",
                    kid,
                    self._cipher.file,
                )
        self._in_use = found


def _known(found: Suspect) -> dict[str, str]:
    return {"organization": found.organization}
