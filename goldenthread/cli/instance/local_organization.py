"""The organization of a data dir: which one it is, and that it exists."""

from __future__ import annotations

from pathlib import Path

import httpx
import msgspec

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts import snapshots
from goldenthread.contracts.enums import Role
from goldenthread.contracts.read_api import LoginAnswer, PersonName
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import private_file
from goldenthread.launcher.instance_file import Instance, issuer_of
from goldenthread.runtime.clock import new_id

ADMIN = "admin"
ADMIN_NAME = "Local administrator"
DEFAULT_NAME = "My organization"
"""What a new one is called; `updateOrganization` calls it something else."""


class LocalOrganization(msgspec.Struct, frozen=True):
    """The organization of a data dir, as a file there remembers it; the rest is in goals.

    `admin` is the login of its administrator as it was first made, `person` their id: the login may be another by now.
    """

    id: str
    admin: str
    person: str | None = None


def load_local_organization(data_dir: Path) -> LocalOrganization:
    """The organization of `data_dir`; a new id the first time, remembered before anything is made with it."""
    text = private_file.read_or_create(
        _file(data_dir), lambda: msgspec.json.encode(LocalOrganization(new_id("org"), ADMIN)).decode()
    )
    try:
        return msgspec.json.decode(text, type=LocalOrganization)
    except msgspec.DecodeError as error:
        raise CommandError(f"{_file(data_dir)} is damaged: {error}") from error


def ensure_organization(data_dir: Path, instance: Instance, name: str = DEFAULT_NAME) -> LocalOrganization:
    """Make sure that goals has the organization of `data_dir`, with a root unit and an administrator.

    Where it was deleted, the data dir has another one from now on: the instance has to run for its other organizations.
    """
    known = load_local_organization(data_dir)
    answer = _ask_for(data_dir, instance, known, name)
    if _was_deleted(answer):
        output.note(f"{known.id}, the organization of {data_dir}, was deleted; another one is made in its place")
        known = LocalOrganization(new_id("org"), ADMIN)
        private_file.write(_file(data_dir), msgspec.json.encode(known).decode())
        answer = _ask_for(data_dir, instance, known, name)
    if answer.status_code != 200:
        why = f"{answer.url} answered {answer.status_code}: {answer.text}"
        raise CommandError(f"the organization could not be made: {why}")
    if known.person is None:
        known = _with_person(data_dir, instance, known)
    return known


def admin_token(data_dir: Path, instance: Instance) -> Secret:
    """A token of the administrator, who holds ADMIN and EXECUTIVE, and LEAD of the root unit, unless others were given.
    They administer the installation, too.

    Raises CommandError where they sign in somewhere else by now.
    """
    known, issuer = load_local_organization(data_dir), issuer_of(data_dir, instance)
    subject = known.admin
    if known.person is not None:
        found = _ask(data_dir, instance, "/v1/name", organization=known.id, person=known.person)
        if found is not None and found.issuer != issuer.identifier:
            where = f"the administrator of {data_dir} signs in at {found.issuer} now"
            raise CommandError(f"{where}; take a token there, and give it: --token @FILE")
        subject = found.subject if found is not None else subject
    return Secret(issuer.person_token(subject, known.id, administers=True))


def admin_token_of(data_dir: Path, instance: Instance, organization: str) -> Secret:
    """A token of an administrator of any organization of the instance, who signs in at its issuer.

    Raises CommandError where there is none.
    """
    if organization == load_local_organization(data_dir).id:
        return admin_token(data_dir, instance)
    issuer = issuer_of(data_dir, instance)
    query = {"organization": organization}
    here = snapshots.goals().of(_read(data_dir, instance, "/v1/snapshot", query)).people
    names = snapshots.people().of(_read(data_dir, instance, "/v1/people", query)).people
    admins = {each.id for each in here if not each.left and any(grant.role is Role.ADMIN for grant in each.roles)}
    logins = [each.subject for each in names if each.id in admins and each.issuer == issuer.identifier]
    if not logins:
        message = f"no administrator of {organization} signs in at {issuer.identifier}"
        raise CommandError(f"{message}; is the id right, and has who was invited claimed that (docs/people.md)?")
    return Secret(issuer.person_token(min(logins), organization))


def _read(data_dir: Path, instance: Instance, path: str, query: dict[str, str]) -> bytes:
    headers = {"Authorization": f"Bearer {issuer_of(data_dir, instance).service_token()}"}
    url = instance.urls["goals"] + path
    try:
        return httpx.get(url, params=query, headers=headers, timeout=30, trust_env=False).raise_for_status().content
    except httpx.HTTPError as error:
        raise CommandError(f"{url} did not answer: {error!r}") from error


def _ask_for(data_dir: Path, instance: Instance, known: LocalOrganization, name: str) -> httpx.Response:
    asked = {"id": known.id, "name": name, "admin_name": ADMIN_NAME, "admin_subject": known.admin}
    headers = {"Authorization": f"Bearer {issuer_of(data_dir, instance).service_token()}"}
    url = f"{instance.urls['goals']}/v1/organizations"
    try:
        return httpx.post(url, json=asked, headers=headers, timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        raise CommandError(f"the organization could not be made: {url}: {error!r}") from error


def _was_deleted(answer: httpx.Response) -> bool:
    """Whether the id was that of an organization which was deleted: no other one is made with it."""
    if answer.status_code != httpx.codes.CONFLICT:
        return False
    try:
        problems = msgspec.json.decode(answer.content, type=RefusedAnswer).errors
    except msgspec.MsgspecError:
        return False
    return any(each.path == ["id"] for each in problems)


def _with_person(data_dir: Path, instance: Instance, known: LocalOrganization) -> LocalOrganization:
    """Remember whose login the administrator's is, so that they are found when it is another one."""
    issuer = issuer_of(data_dir, instance).identifier
    found = _ask(data_dir, instance, "/v1/login", organization=known.id, issuer=issuer, subject=known.admin)
    if found is None:
        return known
    known = msgspec.structs.replace(known, person=found.id)
    private_file.write(_file(data_dir), msgspec.json.encode(known).decode())
    return known


def _ask(data_dir: Path, instance: Instance, path: str, **query: str) -> PersonName | None:
    """What goals keeps of a person; None of nobody, and where goals does not answer: what is asked next says so."""
    headers = {"Authorization": f"Bearer {issuer_of(data_dir, instance).service_token()}"}
    try:
        answer = httpx.get(
            instance.urls["goals"] + path, params=query, headers=headers, timeout=3, trust_env=False
        ).raise_for_status()
        return msgspec.json.decode(answer.content, type=LoginAnswer).person
    except (httpx.HTTPError, msgspec.MsgspecError):
        return None


def _file(data_dir: Path) -> Path:
    return data_dir / "organization.json"
