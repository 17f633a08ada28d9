"""Speaks to `/organizations` of a gateway, as an administrator of the installation."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from goldenthread.cli.common.connection import running_instance
from goldenthread.cli.common.errors import CommandError, unreachable
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.organizations import (
    CreatedOrganization,
    FirstInvitation,
    OrganizationEntry,
    OrganizationList,
)
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import Secret, hidden

_TIMEOUT = 60.0


class OrganizationsClient:
    """The organizations of an installation, behind the gateway whose GraphQL URL is given. Raises CommandError."""

    def __init__(self, graphql: str, token: Secret) -> None:
        self.url = f"{graphql.rstrip('/').removesuffix('/graphql')}/organizations"
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        trusted = httpx.create_ssl_context()  # of `SSL_CERT_FILE`, too
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT, trust_env=False, verify=trusted)

    def list(self, first: int, after: str | None) -> OrganizationList:
        """A page of them."""
        query = {"first": str(first)} | ({"after": after} if after else {})
        return msgspec.json.decode(self._ask("GET", params=query), type=OrganizationList)

    def create(self, id: str, name: str, administrator: dict[str, Any]) -> CreatedOrganization:
        """A new organization; the one that is there, when this id is taken."""
        answer = self._ask("POST", json={"id": id, "name": name, "administrator": administrator})
        return msgspec.json.decode(answer, type=CreatedOrganization, dec_hook=hidden)

    def invite(self, id: str) -> FirstInvitation:
        """Another invitation of its first administrator, in place of the one that nobody has claimed."""
        return msgspec.json.decode(self._ask("POST", f"{id}/invitation"), type=FirstInvitation, dec_hook=hidden)

    def rename(self, id: str, name: str) -> OrganizationEntry:
        """The organization under its new name."""
        return _entry(self._ask("PATCH", id, json={"name": name}))

    def delete(self, id: str, name: str) -> OrganizationEntry:
        """What is left of the organization in the list: it is deleted, if `name` is what it is called."""
        return _entry(self._ask("DELETE", id, json={"name": name}))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _ask(self, method: str, path: str = "", **more: Any) -> bytes:
        url = httpx.URL(self.url).copy_with(path=f"{httpx.URL(self.url).path}/{path}") if path else httpx.URL(self.url)
        try:
            answer = self._client.request(method, url, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(self.url, error) from error
        if answer.status_code != 200:
            raise CommandError(_why(self.url, answer))
        return answer.content


def connect_administrator(data_dir: Path, url: str | None, token: Secret | None) -> OrganizationsClient:
    """A connection to the gateway of `url` with `token`; what is missing comes from the instance of `data_dir`."""
    if url is not None and token is None:
        raise CommandError(f"{url} needs a token: set GOLDENTHREAD_TOKEN, or give --token @FILE")
    if url is not None and token is not None:
        return OrganizationsClient(url, token)
    instance = running_instance(data_dir)
    return OrganizationsClient(instance.graphql, token or local_organization.admin_token(data_dir, instance))


def _entry(content: bytes) -> OrganizationEntry:
    return msgspec.json.decode(content, type=OrganizationEntry)


def _why(url: str, answer: httpx.Response) -> str:
    try:
        problems = msgspec.json.decode(answer.content, type=RefusedAnswer).errors
    except msgspec.MsgspecError:
        return f"{url} answered {answer.status_code} and not as a gateway does; is the GraphQL URL right?"
    places = [
        f"{each.message} ({each.code}{f' at {chr(46).join(each.path)}' if each.path else ''})" for each in problems
    ]
    return "\n".join(places)
