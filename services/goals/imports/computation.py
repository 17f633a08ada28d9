"""What an import makes of a file, computed in a thread: facts, rows of the database, what is remembered, the answer."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw, Struct, structs

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.contracts.plan import PlanWords
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.replies import Accepted
from goldenthread.organization.organization import Organization
from goldenthread.runtime.outbox import store as outbox
from services.goals import facts_to_events
from services.goals.domain.case import Context, Decision, Fact
from services.goals.domain.clock.timer_rules import Timer
from services.goals.domain.imports import import_plan
from services.goals.idempotency import Request, packed
from services.goals.imports.import_file import ImportFile
from services.goals.imports.interpretation import Understood
from services.goals.imports.past_states import PastStates
from services.goals.imports.run_progress import Progress
from services.goals.imports.source_loading import Source
from services.goals.stores import entities_store, import_sources_store, timers_store
from services.goals.stores.import_sources_store import File, PreparedMemory


class Asked(Struct, frozen=True):
    """An import that was asked for, its file, and the words that were said of that. All of it belongs to it alone."""

    request: Request
    command: ImportPlan
    file: ImportFile
    said: PlanWords
    past: PastStates
    progress: Progress


class Base(Struct, frozen=True):
    """What an import is computed on. `org` is a copy that belongs to it alone."""

    organization: Id
    org: Organization
    head: StreamPosition
    context: Context
    origin: facts_to_events.Origin
    understood: Understood
    source: Source


class Computed(Struct, frozen=True):
    """What an import writes, and the answer to it: of a dry run with its events, else without (`answered` adds them).
    `base.org` has taken it in.
    """

    base: Base
    decision: Decision
    answer: Accepted
    head: StreamPosition
    rows: list[outbox.Row]
    created: list[Entity] = []
    updated: list[entities_store.EntityRow] = []
    new: list[Timer] = []
    """The timers of what it creates."""
    old: timers_store.Implied = timers_store.Implied([], [])
    """The timers of what was there before."""
    memory: PreparedMemory = PreparedMemory()
    file: File | None = None
    """The file to be kept of the source; None where nothing of the import is remembered."""
    words: PlanWords | None = None
    """The words to be kept of the source; None where they are those that are kept."""
    report: bytes | None = None
    """The report as it is kept with the answer."""

    @property
    def changes(self) -> int:
        """How many rows are written."""
        return len(self.created) + len(self.updated) + len(self.rows) + len(self.memory.rows)


def compute(base: Base, asked: Asked) -> Computed:
    """Decide, and make the rows of it. Raises `Refused`. Touches nothing but `base.org`; to be called in a thread."""
    there = {each.id for each in base.org.entities()}
    base.org.begin()
    command = structs.replace(asked.command, source=base.source.name)
    plan, count = base.understood.read.plan, asked.progress.count
    asked.progress.begin(ImportStep.COMPARING, len(plan.rows))
    decision = import_plan(base.org, command, plan, base.context, base.source.memory, count)
    found = [Problem(ErrorCode.CONFLICT, note, ["source"]) for note in base.source.notes]
    decision = structs.replace(decision, warnings=[*found, *decision.warnings])
    answered = placed(base, decision, [], dry_run=command.dry_run)
    if command.dry_run:
        return Computed(base, decision, *answered)
    changed = base.org.commit()
    implied = timers_store.implied(base.org, changed, base.origin.now)
    fresh = {each.id for each in changed} - there
    new, old = timers_store.split(implied, fresh)
    created = [each for each in changed if each.id in fresh]
    updated = entities_store.entity_rows(each for each in changed if each.id not in fresh)
    memory = import_sources_store.prepared(decision.remembered, base.source.derived)
    file = _file(base, decision, memory)
    words = base.understood.words if base.understood.words_changed else None
    report = packed(decision.report) if asked.request.key else None
    return Computed(base, decision, *answered, created, updated, new.timers, old, memory, file, words, report)


def _file(base: Base, decision: Decision, memory: PreparedMemory) -> File | None:
    """The file as it is remembered; None where it is the last one, and nothing about it is new."""
    last, report, digest = base.source.last, decision.report, base.understood.read.digest
    taken = report is not None and report.taken > 0
    same = (last is not None and last.digest == digest) or not taken
    if same and memory.empty and not decision.facts:
        return None
    number = last.number + 1 if last is not None else 1
    return File(number, digest, base.origin.now, base.context.actor, base.head.sequence)


class Placed(NamedTuple):
    """An answer, the head after it, and the events as rows: in the answer only where they are not written."""

    answer: Accepted
    head: StreamPosition
    rows: list[outbox.Row]


def placed(base: Base, decision: Decision, back: list[Fact], *, dry_run: bool = False) -> Placed:
    """The answer, the head after it, and the events, right after the head of `base`."""
    events = facts_to_events.events([*decision.facts, *back], base.head, base.origin)
    head = StreamPosition(events[-1].sequence, events[-1].id) if events and not dry_run else base.head
    said = facts_to_events.as_json(events) if dry_run else []
    answer = Accepted(head.sequence, decision.ids, said, decision.warnings, dry_run, decision.report)
    return Placed(answer, head, [] if dry_run else outbox.rows(events))


def answered(computed: Computed) -> Accepted:
    """The answer with its events, after they were written; `computed.rows` are used up.

    Events are more than half of what an import holds. So they are never held both as rows and as JSON, nor encoded
    twice. To be called in a thread.
    """
    said: list[Raw] = []
    computed.rows.reverse()
    while computed.rows:
        said.append(Raw(outbox.made_json(computed.rows.pop())))
    return structs.replace(computed.answer, events=said)
