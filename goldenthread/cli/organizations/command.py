"""`goldenthread organization`: the organizations of an installation, for its administrators, who read none of them."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir, Json, Token, Url
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.organizations.creation import first_administrator, show_created, show_secret
from goldenthread.cli.organizations.organizations_client import connect_administrator
from goldenthread.contracts.organizations import OrganizationEntry, OrganizationList
from goldenthread.contracts.secret import revealed
from goldenthread.runtime.clock import new_id

organization = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Create, list, rename and delete organizations, and invite their first administrators. For administrators of"
    " the installation, who read none.",
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The organization's id: `organization list` shows it.")]


@organization.command()
def create(
    name: Annotated[str, typer.Argument(help="What the organization is called.")],
    id: Annotated[
        str | None,
        typer.Option("--id", help="Its id, which tokens of its people carry; begins with org_. Made unless given."),
    ] = None,
    admin_name: Annotated[str | None, typer.Option(help="What its first administrator is called.")] = None,
    admin_subject: Annotated[
        str | None,
        typer.Option(
            help="Their login: the claim `sub` of their tokens. On one machine: admin. Else they are invited."
        ),
    ] = None,
    admin_issuer: Annotated[
        str | None, typer.Option(help="Who vouches for that login; without it, the issuer that goals is set up with.")
    ] = None,
    admin_email: Annotated[
        str | None, typer.Option(help="Where they read mail. Without --admin-subject they are invited.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Create an organization with a root unit and its first administrator, who is invited, or signs in already with the
    login that is given. The same --id again changes nothing.

    An invitation is a secret, printed once: with it, and a token for the organization, they claim a login by POST to
    /invitations/claim within seven days.
    """
    administrator = first_administrator(admin_name, admin_subject, admin_issuer, admin_email, local=url is None)
    with connect_administrator(data_dir, url, token) as organizations:
        made = organizations.create(id or new_id("org"), name, administrator)
    show_created(made, administrator, json)


@organization.command()
def invite(
    id: Id,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Invite the first administrator of an organization again, as long as nobody has claimed an invitation to it: print
    another secret. The one before is void.
    """
    with connect_administrator(data_dir, url, token) as organizations:
        made = organizations.invite(id)
    if json:
        output.print_json(msgspec.to_builtins(made, enc_hook=revealed))
        return
    show_secret(made, "The first administrator")


@organization.command("list")
def list_(
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many to list.")] = 100,
    after: Annotated[str | None, typer.Option(help="List those behind this id.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """List the organizations of the installation, by id."""
    with connect_administrator(data_dir, url, token) as organizations:
        found = organizations.list(first, after)
    if json:
        output.print_json(msgspec.to_builtins(found))
    elif output.is_terminal():
        output.stdout().print(_table(found))
    else:
        for each in found.organizations:
            print("\t".join(_cells(each)))
    if found.after is not None:
        output.note(f"There are more: --after {found.after}")


@organization.command()
def rename(
    id: Id,
    name: Annotated[str, typer.Argument(help="What the organization is called from now on.")],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Rename an organization; its root unit goes along where it has the organization's name."""
    with connect_administrator(data_dir, url, token) as organizations:
        _show(organizations.rename(id, name), json)


@organization.command()
def delete(
    id: Id,
    confirm: Annotated[
        str | None, typer.Option(metavar="NAME", help="The organization's name, for programs; else it is asked for.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Delete an organization with everything in it, for ever. Its administrators can export it before: `export
    --everything`. Nobody reads or changes it from now on; its rows go in the next minutes, and its id is used for no
    other organization. docs/deletion.md says what remains where, and until when.
    """
    if confirm is None:
        if not output.is_terminal():
            raise CommandError("say what the organization is called: --confirm NAME")
        confirm = typer.prompt("This deletes the organization and everything in it. Its name", err=True)
    with connect_administrator(data_dir, url, token) as organizations:
        deleted = organizations.delete(id, confirm)
    if json:
        output.print_json(msgspec.to_builtins(deleted))
    else:
        output.note(f"{id} is deleted. Its rows go in the next minutes.")


def _show(entry: OrganizationEntry, json: bool) -> None:
    """A renamed organization: as JSON, as a sentence for a person, as its id for a program."""
    if json:
        output.print_json(msgspec.to_builtins(entry))
    elif output.is_terminal():
        output.stdout().print(Text.assemble(f"{entry.id} is called ", (output.printable(entry.name or ""), "bold")))
    else:
        print(entry.id)


def _table(found: OrganizationList) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "name", "created", "deleted"):
        table.add_column(heading, overflow="fold", header_style="dim")
    for each in found.organizations:
        table.add_row(*map(Text, _cells(each)), style="dim" if each.deleted_at is not None else None)
    return table


def _cells(entry: OrganizationEntry) -> tuple[str, str, str, str]:
    days = [at.date().isoformat() if at is not None else "" for at in (entry.created_at, entry.deleted_at)]
    return entry.id, output.printable(entry.name or ""), days[0], days[1]
