"""The main job of the product, scene by scene: each asks the running system and gives back what it answered."""

from __future__ import annotations

import time
from collections.abc import Iterator

from goldenthread.cli.common import shared_documents
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.subscription_client import SubscriptionClient
from goldenthread.cli.demo import company, demo_documents
from goldenthread.cli.demo.sessions import CompanySessions
from goldenthread.cli.goals import goal_documents
from goldenthread.cli.goals.tree import whole_tree

PATIENCE = 20.0
"""Seconds that a verdict or an alert may take; it takes a fraction of one."""
_PAUSE = 0.05


def wait_for_verdicts(sessions: CompanySessions, patience: float = PATIENCE) -> None:
    """Wait until every change has its verdict. CommandError when it takes longer than `patience`, in seconds."""
    deadline = time.monotonic() + patience
    while True:
        answer = sessions.admin.ask(demo_documents.JUDGED)
        alignment = answer["purpose"]["alignment"]
        if alignment["upToDate"]:
            return
        if time.monotonic() > deadline:
            raise CommandError(
                f"revision {answer['organization']['revision']} was not judged within {patience:.0f} s "
                f"(the verdicts are at {alignment['revision']}): is alignment running?"
            )
        time.sleep(_PAUSE)


def play_alignment(sessions: CompanySessions) -> Iterator[tuple[str, Data]]:
    """The scenes in their order: the name of each document sent, and the data of its answer."""
    chief, lead, publisher = (
        sessions.of(company.CHIEF),
        sessions.lead(company.THREAD_READ_ALOUD),
        sessions.lead(company.RETIRED_WHY),
    )
    why, goal = sessions.goal(company.RETIRED_WHY), sessions.goal(company.THREAD_READ_ALOUD)
    retirement = {"why": why, "reason": company.RETIREMENT_REASON}
    yield "company", chief.ask(demo_documents.COMPANY)
    yield "tree", whole_tree(chief, None, None)[0]
    yield "breaks", every_page(chief, demo_documents.BREAKS, "objectives")
    yield "thread", lead.ask(goal_documents.THREAD, {"node": goal})
    yield "promises", lead.ask(demo_documents.PROMISES, {"node": goal})
    yield "why", chief.ask(goal_documents.THREAD, {"node": why})
    yield "viewer", chief.ask(shared_documents.VIEWER)
    with SubscriptionClient(
        sessions.url, publisher.token, demo_documents.ALERT_CHANGED, {"unit": None}
    ) as subscription:
        yield "dryRun", chief.mutate(demo_documents.RETIRE_WHY, {**retirement, "dryRun": True})
        yield "retired", chief.mutate(demo_documents.RETIRE_WHY, retirement)
        yield "orphans", every_page(chief, goal_documents.ORPHANS, "objectives")
        yield "served", chief.ask(demo_documents.SERVED, {"why": why})
        alert = _heard(subscription, why)
        yield "alert", alert
    addressee = alert["alertChanged"]["addressee"]
    yield "alerts", publisher.ask(demo_documents.ALERTS, {"unit": addressee["id"] if addressee else None})


def _heard(subscription: SubscriptionClient, why: str) -> Data:
    """The alert about the retired why, as the subscription brings it. CommandError when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0:
        data = subscription.next(left)
        if data is not None and data["alertChanged"]["subject"]["id"] == why:
            return data
    raise CommandError(f"no alert about the retirement came within {PATIENCE:.0f} s: is notifications running?")
