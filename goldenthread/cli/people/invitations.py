"""`goldenthread invitation`: invitations that were made: which there are, whether the right person claimed them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.people import people_documents
from goldenthread.cli.people.invite import person_id
from goldenthread.contracts.enums import InvitationState

invitation = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="List invitations, say whether the right person claimed one, or take one back. `invite` makes them.",
)

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Name or id of who was invited.")]
_COLUMNS = ("name", "state", "invited by", "when", "id")
_DAY = 10
"""Characters of a day in an ISO time."""
_TOLD = {InvitationState.OPEN: "expiresAt", InvitationState.EXPIRED: "expiresAt", InvitationState.CLAIMED: "claimedAt"}


@invitation.command("list")
def list_(
    state: Annotated[
        list[InvitationState] | None,
        typer.Option(case_sensitive=False, help="Only those in this state; may be given several times."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List the newest invitation of each person who was invited, for administrators, and for leads those of their own
    units. `when` is until when an open one can be claimed, or when a claimed one was.
    """
    states = [each.value for each in state] if state else None
    with connect(data_dir, url, token, organization) as graphql:
        found = every_page(graphql, people_documents.INVITATIONS, "invitations", {"states": states})
    if json:
        output.print_json(found)
        return
    rows = output.printable(found["invitations"]["nodes"])
    if not rows:
        output.note("Nobody was invited.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in _COLUMNS:
        table.add_column(heading, header_style="dim", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, _cells(row)))
    output.stdout().print(table)


@invitation.command()
def confirm(
    person: Person,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Say that the right person claimed an invitation: nobody is asked about it any more. Nobody confirms their own."""
    done = _send(people_documents.CONFIRM, person, data_dir, url, token, organization)
    _show(done, json, "It is confirmed that the right person claimed the invitation of {name}.")


@invitation.command()
def undo(
    person: Person,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Take the login away, at once, that the wrong person got by an invitation. The person stays, with their roles, and
    can be invited again. What was done with that login stays: look at service accounts and webhooks, too.
    """
    done = _send(people_documents.UNDO, person, data_dir, url, token, organization)
    _show(done, json, "{name} cannot sign in now. `goldenthread invite --person {id}` invites them again.")


@invitation.command()
def revoke(
    person: Person,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Take an invitation back that nobody has claimed: its secret is void."""
    done = _send(people_documents.REVOKE, person, data_dir, url, token, organization)
    _show(done, json, "The invitation of {name} is revoked.")


def _send(document: str, person: str, data_dir: DataDir, url: Url, token: Token, organization: ActIn) -> Data:
    with connect(data_dir, url, token, organization) as graphql:
        return graphql.mutate(document, {"person": person_id(graphql, person)})


def _show(done: Data, json: bool, said: str) -> None:
    if json:
        output.print_json(done)
        return
    (payload,) = done.values()
    text = said.format(name=payload["person"]["name"], id=payload["person"]["id"])
    output.stdout().print(Text(output.printable(text)), soft_wrap=True)


def _cells(row: Data) -> tuple[str, ...]:
    state, person = InvitationState(row["state"]), row["person"] or {"name": "–", "id": "–"}
    by = row["invitedBy"]["name"] if row["invitedBy"] else "the installation"
    confirmed = ", confirmed" if state is InvitationState.CLAIMED and row["confirmedAt"] else ""
    when = row[_TOLD[state]][:_DAY] if state in _TOLD else ""
    return person["name"], state.lower() + confirmed, by, when, person["id"]
