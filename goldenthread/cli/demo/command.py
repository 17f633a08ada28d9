"""`goldenthread demo`: a company founded afresh, and the main job of the product shown on it."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.connection import Json
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.demo import alignment_scenes, company, listening_scenes
from goldenthread.cli.demo.company_setup import set_up_company
from goldenthread.cli.demo.listening_printer import DemoPrinter
from goldenthread.cli.demo.sessions import CompanySessions
from goldenthread.cli.instance import local_organization, up
from goldenthread.launcher.instance_file import DATA_DIR, Instance, issuer_of
from goldenthread.launcher.machine import Options
from goldenthread.launcher.topology import PROCESSES

_QUERY = "{ objectives(filter: {alignment: [ORPHANED]}) { nodes { title alignment { cause nextStep } } } }"
_MARK = "demo"


class Missing(StrEnum):
    """Processes that can be left out, so that it can be tried whether the demo says so."""

    ALIGNMENT = "alignment"
    NOTIFICATIONS = "notifications"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Show it and exit, on a terminal too.")] = False,
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="Where the demo keeps its data; every run founds a new company there.")
    ] = DATA_DIR / "demo",
    json: Json = False,
    without: Annotated[
        Missing | None, typer.Option(hidden=True, help="Leave a process out, to see that it is missed.")
    ] = None,
) -> None:
    """Found a company that does not exist, and show on it how a why is broken, found and told to the silent side."""
    _refuse_foreign(data_dir)
    output.note(f"starting everything in {data_dir} …")
    processes = [process for process in PROCESSES if process.name != without]
    stay = output.is_terminal() and not once

    async def body(instance: Instance) -> None:
        await asyncio.to_thread(_run, data_dir, instance, json=json, stay=stay)

    up.run(Options(data_dir=data_dir, processes=processes), body, stay=stay)


def _run(data_dir: Path, instance: Instance, *, json: bool, stay: bool) -> None:
    _renew(data_dir)
    known = local_organization.ensure_organization(data_dir, instance, company.NAME)
    with CompanySessions(instance.graphql, issuer_of(data_dir, instance), known.id, known.admin) as sessions:
        set_up_company(sessions, output.note)
        alignment_scenes.wait_for_verdicts(sessions)
        told = _show(sessions, None if json else DemoPrinter())
        if json:
            output.print_json(told)
        if stay and not json:
            _invite(sessions, data_dir)
        elif stay:
            output.note("Everything is still running; Ctrl-C stops it.")


def _show(sessions: CompanySessions, printer: DemoPrinter | None) -> Data:
    """Play every scene; the data of the documents sent, by name."""
    told: Data = {}
    for name, data in chain(alignment_scenes.play_alignment(sessions), listening_scenes.play_listening(sessions)):
        told[name] = data
        if printer is not None:
            printer.print_scene(name, data)
    return told


def _refuse_foreign(data_dir: Path) -> None:
    """A demo forgets the organization of its data dir; so it never begins in one that somebody works with."""
    if (data_dir / "organization.json").exists() and not (data_dir / _MARK).exists():
        raise CommandError(f"{data_dir} holds an organization of its own; give the demo another --data-dir")


def _renew(data_dir: Path) -> None:
    """Forget the company of the run before; it stays in the databases, and nobody asks for it."""
    _refuse_foreign(data_dir)
    (data_dir / _MARK).touch()
    (data_dir / "organization.json").unlink(missing_ok=True)


def _invite(sessions: CompanySessions, data_dir: Path) -> None:
    """Where to go on, on a terminal."""
    console, chief = output.stdout(), sessions.of(company.CHIEF)
    name = chief.ask(shared_documents.VIEWER)["viewer"]["person"]["name"]
    console.print()
    console.print(Text.assemble(("Your turn", "bold"), ": everything is still running.\n"))
    lines = {
        "GraphQL, and GraphiQL in a browser": sessions.url,
        f"A token of {name}, for twelve hours": chief.token.reveal(),
        "A query to paste": _QUERY,
        "Or, in another terminal": f"{sys.argv[0]} orphans --data-dir {data_dir}",
    }
    for what, text in lines.items():
        console.print(Text(f"{what}:", style="dim"))
        console.print(Text(text), soft_wrap=True)
    console.print(Text("\nCtrl-C stops everything.", style="dim"))
