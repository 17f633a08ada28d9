"""A week of a projection: how busy each replica is in each hour, and how long changes wait for it.

A replica is one queue: its partitions share one event loop. A change takes as long as `goldenthread.sizing.measured`
says of a small organization, which is more than it takes where several changes of one organization are saved together.
Every change of the busiest hour on the busiest replica is simulated, one by one; of the other hours the work that
is left over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks._simulated_organizations import Floats, Ints, SimulatedOrganizations, assigned
from goldenthread.sizing.demand import Demand
from goldenthread.sizing.measured import EVENTS_OF_CHANGE, PATH, SAFETY, WEIGHT_OF_GOAL, ConsumerCosts

HOUR, HOURS = 3600, 168
_PEAK_HOURS, _WORK, _AT_NIGHT = 2, 40, 0.1
_TURN = 1_000
"""Events of an import that are folded before others have a turn."""


def hours(peak: float) -> Floats:
    """How busy each hour of a week is, with a mean of 1: two hours of Monday at the peak, 38 more of work, the rest."""
    found = np.full(HOURS, min(_AT_NIGHT, 1 / peak))
    work = [24 * day + hour for day in range(5) for hour in range(9, 17)]
    rest = max(1.0, HOURS - _PEAK_HOURS * peak - found[0] * (HOURS - _WORK)) / (_WORK - _PEAK_HOURS)
    found[work] = min(rest, peak)
    found[work[:_PEAK_HOURS]] = peak
    return found


class WeekOfConsumer(NamedTuple):
    """What became of a projection in the simulated week; times in seconds, loads of a core in the busiest hour."""

    busiest_partition: float
    busiest_replica: float
    one_lost: float
    """Of the busiest replica while another one is away."""
    p50: float
    p99: float
    """From the commit of goals to the save of the verdict, in the busiest hour on the busiest replica."""
    p99_one_lost: float
    """The same in the hour in which a replica is lost, on a replica that gets some of its partitions."""
    caught_up: float
    """Seconds after the loss until changes take no longer than they do in the end."""
    imported: float
    """Seconds until the largest organization, imported in the busiest hour, is folded."""
    p99_import: float
    """Of others on the same replica meanwhile."""
    backlog: float
    """The most seconds of work that wait at the end of an hour of the week, on the busiest replica."""


class ConsumerSimulation:
    """One projection of an installation, with so many partitions and replicas."""

    def __init__(self, demand: Demand, costs: ConsumerCosts, partitions: int, replicas: int, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._demand, self._costs = demand, costs
        self._organizations = SimulatedOrganizations.drawn(demand, self._chance)
        self._partition = self._organizations.partitions(partitions)
        self._partitions, self._replicas = partitions, replicas
        self._missing = float(self._cold(assigned(partitions, replicas), replicas).max())
        """The share of changes whose organization is not in memory, on the replica that has most of them."""

    def week(self) -> WeekOfConsumer:
        """The whole of it."""
        loads, fewer = self._loads(self._replicas), self._loads(max(1, self._replicas - 1))
        busiest = float(loads.max())
        p50, p99 = (float(each) + PATH for each in np.quantile(self._waits(busiest), (0.5, 0.99)))
        p99_one_lost, caught_up = self._after_loss(float(fewer.max()))
        imported, p99_import = self._import(float(loads[self._largest()]))
        return WeekOfConsumer(
            float(self.by_partition().max()),
            busiest,
            float(fewer.max()),
            p50,
            p99,
            p99_one_lost,
            caught_up,
            imported,
            p99_import,
            _backlog(busiest / self._demand.peak * hours(self._demand.peak)),
        )

    # -- load ---------------------------------------------------------------------------------------------------------

    def by_partition(self) -> Floats:
        """Of a core, in the busiest hour, where all organizations are in memory."""
        shares = np.bincount(self._partition, self._organizations.shares, self._partitions)
        work = self._demand.peak_changes * EVENTS_OF_CHANGE * self._service()
        return np.asarray(shares * work, np.float64)

    def _loads(self, replicas: int) -> Floats:
        """Of a core, in the busiest hour, of each replica."""
        owner = assigned(self._partitions, replicas)
        warm = np.bincount(owner, self.by_partition(), replicas)
        return np.asarray(warm, np.float64) * (
            1 + self._cold(owner, replicas) * self._costs.loading / self._costs.event
        )

    def _cold(self, owner: Ints, replicas: int) -> Floats:
        """The share of organizations that are not in memory when they change, of each replica."""
        of = owner[self._partition]
        count = np.bincount(of, minlength=replicas)
        goals = np.bincount(of, self._organizations.goals, replicas)
        held = np.minimum(
            self._costs.held / np.maximum(1, count), self._costs.held_weight / (goals * WEIGHT_OF_GOAL + 1)
        )
        return 1 - np.minimum(1.0, held)

    def _largest(self) -> int:
        """The replica that has the largest organization."""
        return int(assigned(self._partitions, self._replicas)[self._partition[0]])

    def _service(self) -> float:
        return self._costs.event * SAFETY

    # -- queues -------------------------------------------------------------------------------------------------------

    def _waits(self, load: float, seconds: int = HOUR) -> Floats:
        """How long changes take on a replica with so much load, each from its arrival to its end."""
        arrivals, services = self._arrivals(load, seconds)
        return sojourns(arrivals, services)

    def _arrivals(self, load: float, seconds: float) -> tuple[Floats, Floats]:
        """Changes that come by chance. How long one takes varies as much as its mean (an exponential distribution), and
        so does loading an organization that is not in memory.
        """
        warm, loading = self._service(), self._costs.loading * SAFETY
        count = max(200, self._chance.poisson(load / (warm + self._missing * loading) * seconds))
        arrivals = np.sort(self._chance.random(count)) * seconds
        missed = self._chance.random(count) < self._missing
        return arrivals, self._chance.exponential(warm, count) + missed * self._chance.exponential(loading, count)

    def _import(self, load: float) -> tuple[float, float]:
        """The largest organization arrives at once, in turns with what others change: seconds until it is folded, and
        what 99 of 100 of the others take.
        """
        goals = float(self._organizations.goals[0])
        events = goals * self._costs.events_of_goal
        work = events * self._costs.event_in_batch * SAFETY
        until = max(60.0, 4 * work / max(0.05, 1 - load))
        arrivals, services = self._arrivals(load, min(until, 4 * HOUR))
        turns = max(1, int(events // _TURN))
        turn = work / turns
        pace = turn / max(0.05, 1 - load)
        arrivals = np.concatenate([arrivals, np.arange(turns) * pace])
        services = np.concatenate([services, np.full(turns, turn)])
        order = np.argsort(arrivals, kind="stable")
        ended = sojourns(arrivals[order], services[order])
        imported = order >= len(order) - turns
        done = float((arrivals[order] + ended)[imported].max())
        others = ended[~imported & (arrivals[order] <= done)]
        return done, float(np.quantile(others, 0.99)) + PATH if len(others) else PATH

    def _after_loss(self, load: float) -> tuple[float, float]:
        """A replica is gone; after `absence` seconds the others have its partitions, with what has come meanwhile."""
        absence, seconds = self._costs.absence, HOUR
        arrivals, services = self._arrivals(load, seconds)
        share = 1 / max(1, self._replicas - 1)
        late = (self._chance.random(len(arrivals)) < share) & (arrivals < absence)
        at = np.where(late, absence, arrivals)
        order = np.argsort(at, kind="stable")
        took = sojourns(at[order], services[order]) + (at - arrivals)[order]
        usual = np.quantile(took[arrivals[order] > seconds / 2], 0.99)
        behind = arrivals[order][took > max(usual, 1.0)]
        return float(np.quantile(took, 0.99)) + PATH, float(behind.max()) if len(behind) else 0.0


def sojourns(arrivals: Floats, services: Floats) -> Floats:
    """From arrival to end of each in one queue, first come first served (Lindley's recursion as running minima)."""
    done = np.cumsum(services)
    idle = np.maximum.accumulate(arrivals - (done - services))
    return idle + done - arrivals


def _backlog(loads: Floats) -> float:
    """The most seconds of work that wait at the end of an hour, where hours have these loads."""
    waiting, most = 0.0, 0.0
    for each in loads:
        waiting = max(0.0, waiting + (float(each) - 1) * HOUR)
        most = max(most, waiting)
    return most
