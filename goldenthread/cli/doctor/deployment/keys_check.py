"""The encryption keys of a process: can the file be used, may others read it, and which keys are still needed?"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

import asyncpg

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.runtime.configuration.settings import DatabaseSettings, variable
from goldenthread.runtime.keys.key_file import EncryptionKey, KeyProblem, read_keys
from goldenthread.runtime.keys.purposes import WEBHOOKS
from services.notifications.webhooks.encryption_store import keys_in_use

_SECONDS = 4.0
_VARIABLE = variable("keys_file")


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine the key file of a process that needs keys, and what its database has encrypted with them."""
    if not case.process.keys:
        return
    path = str(getattr(case.settings, "keys_file", ""))
    try:
        keys = read_keys(path, case.process.keys)
    except KeyProblem as error:
        raise findings.stop(str(error), f"see {_VARIABLE}") from error
    if stat.S_IMODE(os.stat(path).st_mode) & 0o007:
        findings.warning(f"everybody on this machine may read the key file {path}", f"run `chmod o-rwx {path}`")
    for purpose in case.process.keys:
        own = [each for each in keys if each.purpose == purpose]
        older = ", ".join(each.kid for each in own[1:]) or "no other"
        findings.fine(f"{own[0].kid} encrypts {purpose}; {older} decrypts as well")
    if WEBHOOKS in case.process.keys and isinstance(case.settings, DatabaseSettings):
        await _webhooks(case.settings, keys, findings)


async def _webhooks(settings: DatabaseSettings, keys: list[EncryptionKey], findings: CheckFindings) -> None:
    try:
        async with findings.within(_SECONDS, "PostgreSQL", "see the check `database`", "in use"):
            connection = await asyncpg.connect(settings.database_url.reveal(), statement_cache_size=0)
            try:
                counts = await keys_in_use(connection)
            finally:
                connection.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError):
        findings.unknown("which keys webhooks are encrypted with is not known", "see the check `database`", "in use")
        return
    _report(counts, [each.kid for each in keys if each.purpose == WEBHOOKS], findings)


def _report(counts: Mapping[str, int], kids: list[str], findings: CheckFindings) -> None:
    """What the webhooks need: keys that are missing, keys that may be removed, and what is still to be encrypted."""
    for kid in sorted(counts.keys() - {"", *kids}):
        says = f"{counts[kid]} webhooks are encrypted with the key {kid}, which is not in the file"
        findings.problem(f"{says}; nothing is sent to them", "put that entry back into the file", "in use")
    for kid in kids[1:]:
        if counts.get(kid, 0):
            findings.fine(f"{counts[kid]} webhooks are still encrypted with the key {kid}", "in use")
        else:
            advice = "it may be removed, unless a backup from before may have to be restored"
            findings.fine(f"no webhook is encrypted with the key {kid}: {advice}", "in use")
    plain = counts.get("", 0)
    if plain:
        findings.warning(f"{plain} webhooks are not encrypted yet", "start notifications, which does it", "in use")
    else:
        findings.fine(f"{counts.get(kids[0], 0)} webhooks are encrypted with the key {kids[0]}", "in use")
