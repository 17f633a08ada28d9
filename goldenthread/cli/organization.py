"""The organisation of a data dir: which one it is, and that it exists."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec

from goldenthread.cli.problems import CommandError
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import private
from goldenthread.launcher.state import Instance, issuer_of
from goldenthread.runtime.clock import new_id

ADMIN = "admin"
_ADMIN_NAME = "Local administrator"
DEFAULT_NAME = "My organisation"


class Remembered(msgspec.Struct, frozen=True):
    """What a data dir remembers of its organisation; the rest is in goals."""

    id: str
    admin: str


def remembered(data_dir: Path) -> Remembered:
    """The organisation of `data_dir`; a new id the first time, remembered before anything is made with it."""
    text = private.once(
        data_dir / "organization.json", lambda: msgspec.json.encode(Remembered(new_id("org"), ADMIN)).decode()
    )
    try:
        return msgspec.json.decode(text, type=Remembered)
    except msgspec.DecodeError as error:
        raise CommandError(f"{data_dir / 'organization.json'} is damaged: {error}") from error


def ensure(data_dir: Path, instance: Instance, name: str = DEFAULT_NAME) -> Remembered:
    """Make sure that goals has the organisation of `data_dir`, with a root unit and an administrator."""
    known = remembered(data_dir)
    asked = {"id": known.id, "name": name, "admin_name": _ADMIN_NAME, "admin_subject": known.admin}
    headers = {"Authorization": f"Bearer {issuer_of(data_dir, instance).service_token()}"}
    url = f"{instance.urls['goals']}/v1/organizations"
    try:
        answer = httpx.post(url, json=asked, headers=headers, timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        raise CommandError(f"the organisation could not be made: {url}: {error!r}") from error
    if answer.status_code != 200:
        raise CommandError(f"the organisation could not be made: {url} answered {answer.status_code}: {answer.text}")
    return known


def admin_token(data_dir: Path, instance: Instance) -> Secret:
    """A token that holds ADMIN and EXECUTIVE, and LEAD of the root unit."""
    known = remembered(data_dir)
    return Secret(issuer_of(data_dir, instance).person_token(known.admin, known.id))
