"""`goldenthread doctor`: what is configured, what runs, how far each process has come, and what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.doctor.instance_checks import Report, examine_instance, readiness_problem
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.ports import HOST


def doctor(
    processes: Annotated[
        list[str] | None, typer.Argument(metavar="[PROCESS]...", help="With --deployment: whose environment this is.")
    ] = None,
    deployment: Annotated[
        bool, typer.Option("--deployment", help="Check what a process needs, from where it runs.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Check the configuration and the processes; exits with 1 when something is wrong.

    With --deployment the environment is that of a process, as in its pod: `kubectl exec deploy/goldenthread-goals --
    goldenthread doctor --deployment goals`. Its settings, database, Kafka, issuer and neighbours are asked, within ten
    seconds; nothing is changed. With --token it also says who that token speaks for, or why it is refused. Exits with 2
    when settings are wrong.
    """
    if deployment:
        from goldenthread.cli.doctor.deployment.command import (
            check_deployment,  # lazily: it loads Kafka's and PostgreSQL's clients
        )

        check_deployment(processes or [], json=json, token=token)
    if processes:
        raise CommandError(f"to check what {' and '.join(processes)} needs, add --deployment")
    report = _of_url(data_dir, url, token, organization) if url is not None else examine_instance(data_dir)
    if json:
        output.print_json(report)
    else:
        _show(report)
    if report["problems"]:
        raise typer.Exit(1)


def _of_url(data_dir: Path, url: str | None, token: Secret | None, organization: str | None) -> Report:
    with connect(data_dir, url, token, organization) as graphql:
        found = graphql.ask(shared_documents.STATUS)["organization"]
    problem = _internal_port()
    problems = [] if problem is None else [f"the process here is not ready: {problem}"]
    return {"graphql": url, "running": True, "organization": found, "processes": [], "problems": problems}


def _internal_port() -> str | None:
    """What the process says whose environment this is (in its container), where it answers on a port of its own."""
    port = os.environ.get("GOLDENTHREAD_INTERNAL_PORT")
    if not port:
        return None
    host = os.environ.get("GOLDENTHREAD_INTERNAL_HOST") or os.environ.get("GOLDENTHREAD_HTTP_HOST") or HOST
    address = f"[{host}]" if ":" in host else host
    with httpx.Client(timeout=5, trust_env=False) as client:
        return readiness_problem(client, f"http://{address}:{port}")


def _show(report: Report) -> None:
    console = output.stdout()
    for key in ("dataDir", "graphql", "kafka", "logs", "started"):
        if key in report:
            console.print(Text(f"{key:10}{report[key]}"))
    if not report["running"]:
        console.print(Text("nothing runs here; `goldenthread up` starts it"))
    if report["processes"]:
        table = Table("process", "pid", "ready", "head", "goals folded", box=None)
        for row in report["processes"]:
            ready = {True: "yes", False: "no", None: ""}[row["ready"]]
            cells = [row["name"], row["pid"], ready, row["head"], row["position"]]
            table.add_row(
                *("" if cell is None else str(cell) for cell in cells), style=None if ready != "no" else "red"
            )
        console.print(table)
    for problem in report["problems"]:
        console.print(Text(f"✗ {problem}", style="red"))
    if not report["problems"]:
        console.print(Text("✓ no problems found", style="green"))
