"""The links that a plan states: accepted as they stand, explained only where the file says why."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, KeyResult, Link, LinkKind, LinkRound, LinkState, Side, Why
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import LinkAccepted, LinkReaffirmed, LinkWithdrawn
from goldenthread.contracts.organization import LIVE_LINKS, OPEN_LINKS
from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from services.goals.domain import checks
from services.goals.domain.imports.ledger import Ledger


def links(ledger: Ledger) -> None:
    """Link every row taken to its parents; a link an earlier file stated, and this one does not, is withdrawn."""
    for row in ledger.plan.rows:
        if row.row in ledger.fate and row.type is not RowType.PURPOSE:
            _row(ledger, row)


def _row(ledger: Ledger, row: PlanRow) -> None:
    child, facts = ledger.ids[row.row], len(ledger.case.facts)
    stated: set[Id] = set()
    # What a key result measures was settled when it was taken; its further parents are links like any other.
    for parent in row.parents[1:] if row.type is RowType.KEY_RESULT else row.parents:
        target = ledger.target(parent.row)
        if target is None:
            if parent.row in {each.row for each in ledger.plan.rows}:
                ledger.problem(row, f"It was not linked to {parent.row!r}, which was not taken.")
            continue
        stated.add(target)
        try:
            _link(ledger, child, target, parent)
        except Refused as error:
            ledger.problem(row, f"It was not linked to {parent.row!r}: {error}")
    _withdraw(ledger, child, stated)
    if len(ledger.case.facts) != facts:
        ledger.changed(row.row)


def _link(ledger: Ledger, child: Id, parent: Id, said: PlanParent) -> None:
    case = ledger.case
    because = checks.optional(said.because, "because")
    found = next((link for link in case.org.parents(child, *LIVE_LINKS) if link.parent == parent), None)
    node = case.org.node(parent)
    version = node.version if node is not None else 0
    if found is None:
        case.emit(LinkAccepted(_new(ledger, child, parent, said, because, version)))
    elif found.state in OPEN_LINKS:
        accepted = replace(found, state=LinkState.ACCEPTED, accepted_order=case.order, turn=None, due_at=None)
        case.emit(LinkAccepted(replace(accepted, decided_by=case.actor, decided_at=case.now)))
    elif because is not None and not found.measure and because != found.because:
        case.emit(LinkReaffirmed(replace(found, because=because, because_version=version)))


def _new(ledger: Ledger, child: Id, parent: Id, said: PlanParent, because: str | None, version: int) -> Link:
    case = ledger.case
    helps = isinstance(case.org.node(child), Why | KeyResult)
    return Link(
        id=case.new_id("link"),
        child=child,
        parent=parent,
        kind=said.kind or (LinkKind.SUPPORTS if helps else LinkKind.CONTRIBUTES),
        state=LinkState.ACCEPTED,
        round=1,
        rounds=[LinkRound(1, ledger.unit_of(child), case.actor, because, None, case.now)],
        proposed_at=case.now,
        proposed_by=case.actor,
        weight=None if said.weight is None else checks.share(said.weight, "weight"),
        because=because,
        because_version=version if because is not None else None,
        accepted_order=case.order,
        decided_by=case.actor,
        decided_at=case.now,
        source=ledger.command.source,
    )


def _withdraw(ledger: Ledger, child: Id, stated: set[Id]) -> None:
    """Only links that an import of this source made: what people agreed on since is theirs."""
    case = ledger.case
    for link in case.org.parents(child):
        if link.source == ledger.command.source and link.parent not in stated:
            reason = f"{ledger.command.source} no longer states it"
            over = replace(link, state=LinkState.WITHDRAWN, reason=reason, decided_by=case.actor, decided_at=case.now)
            case.emit(LinkWithdrawn(over, Side.CHILD))
