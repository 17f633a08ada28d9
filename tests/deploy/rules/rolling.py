"""A roll-out, a drained node or a lost one takes no answer away: replicas, budgets, and an end that is long enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from goldenthread.contracts.topics import PARTITIONS
from goldenthread.runtime.process import service
from tests.deploy.manifests import Object, Render, at, selects
from tests.deploy.process_containers import NAME, OURS, Running, running
from tests.deploy.rules.registry import every, rule

SCALERS = ("ScaledObject", "HorizontalPodAutoscaler")
_ENDING = service._FINISH_WITHIN + service._CLOSE_WITHIN
"""Seconds that a process takes to end, at most."""


class Replicas(NamedTuple):
    """How many there are, at least and at most; and how many more while they are replaced."""

    least: int
    most: int
    surge: int


def target(scaler: Object, render: Render) -> Object | None:
    """What a scaler scales."""
    reference = scaler.spec.get("scaleTargetRef") or {}
    return render.find(reference.get("kind", "Deployment"), reference.get("name", ""))


def replicas(workload: Object, render: Render) -> Replicas:
    """Of a Deployment, with the scaler that it has."""
    surge = at(workload.spec, "strategy", "rollingUpdate", "maxSurge", default=1)
    fixed = workload.spec.get("replicas", 1)
    for scaler in render.of(*SCALERS):
        if target(scaler, render) is workload:
            least = scaler.spec.get("minReplicaCount", scaler.spec.get("minReplicas", 0))
            most = scaler.spec.get("maxReplicaCount", scaler.spec.get("maxReplicas", 100))
            return Replicas(least, most, _surge(surge, most))
    return Replicas(fixed, fixed, _surge(surge, fixed))


def _surge(surge: int | str, count: int) -> int:
    return -(-count * int(surge.rstrip("%")) // 100) if isinstance(surge, str) else surge


def our_deployments(render: Render) -> list[Object]:
    """Subjects: the Deployments of what is ours."""
    return [each for each in render.of("Deployment") if each.labels.get(NAME) == OURS]


@rule(our_deployments)
def one_pod_is_replaced_at_a_time(deployment: Object, _: Render) -> Iterator[str]:
    """A new pod is ready before an old one ends."""
    rolling = at(deployment.spec, "strategy", "rollingUpdate", default={})
    if rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
        yield f"its strategy is {rolling}: rollingUpdate with maxUnavailable: 0 and maxSurge: 1 takes no answer away"


@rule(running)
def pods_end_in_time(found: Running, _: Render) -> Iterator[str]:
    """A pause until no new request comes, and the time to answer those that are there, before it is killed."""
    pause = at(found.container.body, "lifecycle", "preStop", "sleep", "seconds", default=0)
    grace = found.container.pod.spec.get("terminationGracePeriodSeconds", 30)
    if not pause:
        yield "it has no preStop sleep: requests would still come when it listens no more"
    if pause + _ENDING >= grace:
        yield f"terminationGracePeriodSeconds is {grace}: {pause} s of preStop and {_ENDING:g} s to end need more"


@rule(running)
def members_have_partitions(found: Running, render: Render) -> Iterator[str]:
    """A member of a group that has none has nothing to do, and aiokafka cannot bring it back."""
    most = replicas(found.container.pod.owner, render).most
    if found.process.groups and most > PARTITIONS:
        yield f"there may be {most} replicas, and topics have {PARTITIONS} partitions"


@rule(every("PodDisruptionBudget"))
def budgets_leave_one_to_evict(budget: Object, render: Render) -> Iterator[str]:
    """Draining a node goes on, and never takes all replicas of a process."""
    chosen = [each.owner for each in render.pods() if selects(budget.spec.get("selector"), each.labels)]
    if len(chosen) != 1:
        yield f"its selector chooses the pods of {[str(each) for each in chosen]}: it is to choose those of one process"
    for workload in chosen[:1]:
        count = replicas(workload, render).least
        kept = budget.spec.get("minAvailable", count - _number(budget.spec.get("maxUnavailable", 0)))
        if not isinstance(kept, int) or not min(1, count - 1) <= kept < count:
            yield f"of {count} replicas of {workload} it keeps {kept}: keep at least one, but not all of them"


@rule(every("Deployment"))
def workloads_have_a_budget(workload: Object, render: Render) -> Iterator[str]:
    """Unless there is only one replica, of which a budget could keep none."""
    labels = at(workload.spec, "template", "metadata", "labels", default={})
    budgets = [each for each in render.of("PodDisruptionBudget") if selects(each.spec.get("selector"), labels)]
    if not budgets and replicas(workload, render).least > 1:
        yield "it has no PodDisruptionBudget: draining nodes could take all of its replicas"


def _number(value: int | str) -> int:
    return value if isinstance(value, int) else 0
