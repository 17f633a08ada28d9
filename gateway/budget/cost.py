"""What one request may cost: counted while it runs, where the work arises, and ended when it is too much.

The execution of a document begins a `Budget`. The executor takes fields and list items from it, a resolver that looks
through rows takes those before it does. The numbers are known in memory, so no model of a document's cost is needed,
and fragments, variables and interfaces need no special care. Mutations end in `BudgetExceeded` like queries; what
they changed before that stands, and the error says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeVar

from graphql import GraphQLError

from gateway.budget.caller_pace import CallerPace, CallerPaces

ROW, FIELD, INTERFACE = 1, 7, 8
"""Units of a row that is looked at, of a field that is executed, and of finding out the type of an interface's object:
about a microsecond each unit.
"""
LEAST, PER_NODE, MOST = 150_000, 2, 400_000
"""Units one request may take: at least, more for each node of the organization's goal graph, and at most.

So a request of less than 20,000 fields can look through everything once, up to 100,000 goals.
"""
MOST_READS = 100
"""Reads from other processes that one request may ask for."""
DEADLINE = 0.5
"""Seconds of processor time of one request. The units end a request before; this ends what they did not foresee."""
_CHECK_EVERY = 2_000
"""Units between two looks at the clock: about two milliseconds."""
_SHORT = 64
_CHARACTERS = 32
"""Characters of a long text that cost one unit."""

T = TypeVar("T")


class BudgetExceeded(GraphQLError):
    """A request that asks for more than one request may."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "COST_LIMIT"})


class Budget:
    """What is left for one execution: of a query, of a mutation, or of one event of a subscription."""

    def __init__(self, nodes: int = 0, *, mutation: bool = False, pace: CallerPace | None = None) -> None:
        self.most = min(MOST, LEAST + PER_NODE * nodes)
        self.spent = 0
        self._pace = pace or CallerPaces().of(None)
        self.reads = 0
        self._mutation = mutation
        self._next_check = 0
        self._processor = 0.0
        self._checked: tuple[float, float] | None = None
        """Processor time and time at the last check, while the event loop has not had its turn since."""

    def take(self, units: int) -> None:
        """Take units. Raises `BudgetExceeded` when there are not as many left, or the processor time is over."""
        self.spent += units
        if self.spent >= self._next_check:
            self._check()

    def read(self) -> asyncio.Semaphore:
        """Take one read from another process; it is made while what is returned is held. Raises `BudgetExceeded`."""
        self.reads += 1
        if self.reads > MOST_READS:
            what = f"more than {MOST_READS} reads of history or figures"
            raise self._over(what, "Ask for them of fewer things at once")
        return self._pace.reads

    def _check(self) -> None:
        if self.spent > self.most:
            fields, rows = self.most // FIELD, self.most // ROW
            what = f"more than {fields:,} fields, or {rows:,} rows looked through"
            raise self._over(what, "Ask for less at once: a smaller `first`, fewer fields")
        self._next_check = min(self.spent + _CHECK_EVERY, self.most + 1)
        now, at = time.thread_time(), time.monotonic()
        if self._checked is None:
            # What other requests take while this one waits is not counted: the next turn of the loop ends the stretch.
            asyncio.get_running_loop().call_soon(self._pause)
        else:
            self._processor += now - self._checked[0]
            self._pace.charge(at - self._checked[1])
        self._checked = now, at
        if self._processor > DEADLINE:
            raise self._over(f"more than {DEADLINE} seconds of processor time", "Ask for less at once")

    def _pause(self) -> None:
        self._checked = None

    def _over(self, what: str, advice: str) -> BudgetExceeded:
        self._next_check = 0  # and so does whatever is taken from now on
        done = " The changes were made; read them in other requests." if self._mutation else ""
        return BudgetExceeded(f"This request asks for {what}, too much for one. {advice}, or pages with `after`.{done}")


_running: ContextVar[Budget | None] = ContextVar("budget", default=None)


def begin(nodes: int, *, mutation: bool, pace: CallerPace) -> Budget:
    """A new budget, from which everything takes that the running task, and what it starts, does from here on.

    `pace` is charged for the time in which the event loop waits for the execution.
    """
    budget = Budget(nodes, mutation=mutation, pace=pace)
    _running.set(budget)
    return budget


def rows(count: int) -> None:
    """Take rows from the running request's budget, before they are looked at. Raises `BudgetExceeded`."""
    budget = _running.get()
    if budget is not None:
        budget.take(count * ROW)


def scan(items: Collection[T]) -> Collection[T]:
    """The same items, taken from the running request's budget as rows. Raises `BudgetExceeded`."""
    rows(len(items))
    return items


def text(found: str) -> None:
    """Take a long text from the running request's budget, before it is answered. Raises `BudgetExceeded`."""
    if len(found) > _SHORT:
        rows(len(found) // _CHARACTERS)


@asynccontextmanager
async def reading() -> AsyncIterator[None]:
    """A read from another process, taken from the running request's budget; a few of one caller at a time.

    Raises `BudgetExceeded`.
    """
    budget = _running.get()
    async with nullcontext() if budget is None else budget.read():
        yield
