"""Whether this process can answer: with goals, or with what it has in memory. Without the others it shows less."""

from __future__ import annotations

from time import monotonic

from gateway.live.heads_poller import HeadsPoller
from gateway.live.kafka_tail import KafkaTail
from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from goldenthread.contracts.topics import service_name
from goldenthread.runtime.observability.health import Check, NotReady

_STARTS_WITHIN = 15.0
"""Seconds that a new process waits for the broker before it takes requests without it."""
_WITHOUT = {
    ALIGNMENT: "alignment does not answer: verdicts stay as they are, or are not known (`upToDate: false`)",
    ALERTS: "notifications does not answer: alerts stay as they are, or cannot be read",
}


def checks(
    cache: OrganizationCache, heads: HeadsPoller, tail: KafkaTail, lately: float
) -> tuple[dict[str, Check], dict[str, Check]]:
    """What must answer, and what is missed. An upstream that did not answer for `lately` seconds is away."""
    begun = monotonic()

    async def goals() -> None:
        if not cache.organizations and not heads.answers(GOALS, lately):
            raise NotReady("goals does not answer, and no organization is in memory: nothing can be shown")

    async def started() -> None:
        if not tail.started.is_set() and monotonic() - begun < _STARTS_WITHIN:
            raise NotReady("this process is starting: it does not know yet where the topics end")

    def missed(source: str, said: str) -> Check:
        async def answered() -> None:
            if not heads.answers(source, lately):
                raise NotReady(said)

        return answered

    async def broker() -> None:
        if not tail.reads:
            raise NotReady(f"{tail.problem or 'the broker does not answer'}: changes are seen some seconds late")

    only_memory = "goals does not answer: nothing can be changed; what is in memory is shown"
    besides: dict[str, Check] = {"broker": broker}
    besides |= {service_name(source): missed(source, said) for source, said in {GOALS: only_memory, **_WITHOUT}.items()}
    return {"organizations": goals, "started": started}, besides
