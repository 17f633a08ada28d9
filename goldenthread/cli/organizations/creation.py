"""What `goldenthread organization create` sends and prints: the first administrator, and the secret that invites."""

from __future__ import annotations

from typing import Any

import msgspec
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.organizations import CreatedOrganization, FirstInvitation
from goldenthread.contracts.secret import revealed


def first_administrator(
    name: str | None, subject: str | None, issuer: str | None, email: str | None, *, local: bool
) -> dict[str, Any]:
    """The first administrator of a new organization: who signs in as `subject`, or who is invited.

    On one machine (`local`), where nothing is said of them, it is the administrator of `goldenthread up`. Raises
    CommandError where nobody is named.
    """
    if subject is None and email is None and local:
        subject, name = local_organization.ADMIN, name or local_organization.ADMIN_NAME
    if subject is not None:
        return {"name": name or subject, "subject": subject, "issuer": issuer or "", "email": email}
    if issuer is not None:
        raise CommandError("--admin-issuer vouches for a login: give --admin-subject, too, or leave it out to invite")
    if email is None and name is None:
        raise CommandError(
            "say who its first administrator is: --admin-email invites them; with --admin-subject they sign in already"
        )
    return {"name": name or (email or "").partition("@")[0], "email": email}


def show_created(made: CreatedOrganization, administrator: dict[str, Any], json: bool) -> None:
    """What became of a creation: as JSON, as sentences for a person, as the id for a program, and the secret below."""
    if json:
        output.print_json(msgspec.to_builtins(made, enc_hook=revealed))
        return
    if made.existed:
        _tell_existed(made, invites="subject" not in administrator)
    elif output.is_terminal():
        name = (output.printable(made.name or ""), "bold")
        output.stdout().print(Text.assemble("Created ", name, f": {made.id}"))
    if not output.is_terminal():
        print(made.id)
    if made.invitation is not None:
        show_secret(made.invitation, administrator["name"])


def show_secret(made: FirstInvitation, who: str) -> None:
    """The secret of an invitation, which nobody can show again."""
    until = f"{made.expires_at:%Y-%m-%d}"
    said = f"{who} is invited until {until}. This is shown once; give it to them, and to nobody else:"
    output.note(output.printable(said))
    print(made.secret.reveal())


def _tell_existed(made: CreatedOrganization, *, invites: bool) -> None:
    """Say that nothing was created, to programs as well: they may wait for a secret."""
    called = output.printable(made.name or "")
    text = f"{made.id} exists already, and is called {called}: nothing was changed."
    if invites:
        text += f" For an invitation that was lost: `goldenthread organization invite {made.id}`."
    output.stderr().print(Text(text), soft_wrap=True)
