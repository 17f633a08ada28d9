"""The GraphQL connections of the demo's people, each with a token of their own, and the ids of goals by title."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.common.paging import pages
from goldenthread.cli.demo import company, demo_documents
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer


class CompanySessions:
    """The connections to one organization: the administrator's, and those of its people by name."""

    def __init__(self, url: str, issuer: Issuer, organization: str, admin: str) -> None:
        self.url = url
        self._issuer, self._organization = issuer, organization
        self.admin = GraphQLClient(url, self.token(admin))
        self._connections: dict[str, GraphQLClient] = {}
        self._goals: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._unit_ids: dict[str, str] = {}
        self._links: dict[tuple[str, str], str] = {}

    def token(self, subject: str) -> Secret:
        """A token of the person with this login."""
        return Secret(self._issuer.person_token(subject, self._organization))

    def of(self, name: str) -> GraphQLClient:
        """The connection of a person."""
        if name not in self._connections:
            self._connections[name] = GraphQLClient(self.url, self.token(company.login_of(name)))
        return self._connections[name]

    def lead(self, goal: str) -> GraphQLClient:
        """The connection of the lead of the unit that owns a goal."""
        return self.of(company.unit_lead(self.unit(goal)))

    def root(self) -> str:
        """The id of the unit at the top, the only one of a new organization."""
        return str(self.admin.ask(shared_documents.UNITS, {"search": None})["units"]["nodes"][0]["id"])

    def unit(self, goal: str) -> str:
        """The name of the unit that owns a goal."""
        return self._units[goal]

    def unit_id(self, name: str) -> str:
        """The id of the unit with this name, which owns a goal of the sheet."""
        return self._unit_ids[name]

    def goal(self, title: str) -> str:
        """The id of the goal with this title."""
        return self._goals[title]

    def link(self, child: str, parent: str) -> str:
        """The id of the link between two goals of the sheet."""
        return self._links[self.goal(child), self.goal(parent)]

    def load_goals(self) -> None:
        """Read which goals there are, whose they are and how they hang together."""
        for page in pages(self.admin, demo_documents.GOALS, "goalTree"):
            tree = page["goalTree"]
            for node in tree["nodes"]:
                owner = node["owners"][0]["name"] if node["owners"] else company.NAME
                self._unit_ids.update((each["name"], each["id"]) for each in node["owners"])
                self._goals[node["title"]], self._units[node["title"]] = node["id"], owner
            self._links |= {(each["child"]["id"], each["parent"]["id"]): each["id"] for each in tree["links"]}

    def close(self) -> None:
        """Close every connection."""
        for each in (self.admin, *self._connections.values()):
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
