"""The links that a plan states: accepted as they stand unless it says otherwise, explained only where it says why."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, KeyResult, Link, LinkRound, Why
from goldenthread.contracts.enums import LinkKind, LinkState, Side
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.events.goals import LinkAccepted, LinkProposed, LinkReaffirmed, LinkWithdrawn
from goldenthread.contracts.organization import LIVE_LINKS, OPEN_LINKS
from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from goldenthread.contracts.silence import title
from services.goals.domain import checks
from services.goals.domain.case import Case
from services.goals.domain.imports.ledger import Ledger


class Ties:
    """The links of one import, made as its rows are taken."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stated: dict[str, set[Id]] = {}
        """Per row taken, the nodes it states as its parents."""
        self._waiting: dict[str, list[tuple[PlanRow, PlanParent]]] = {}
        """Per row that is yet to come, who wants to hang on it."""
        self._here = {row.row for row in ledger.plan.rows}
        self._done: set[str] = set()

    def row(self, row: PlanRow, taken: bool) -> None:
        """After a row was taken, or not: its links up, and those that waited for it."""
        self._done.add(row.row)
        if taken and row.type is not RowType.PURPOSE:
            self._stated[row.row] = set()
            known = self._known(row)
            # What a key result measures was settled when it was taken; its further parents are links like any other.
            for parent in row.parents[1:] if row.type is RowType.KEY_RESULT else row.parents:
                if parent.row in self._here and parent.row not in self._done:
                    self._waiting.setdefault(parent.row, []).append((row, parent))
                else:
                    self._tie(row, parent, known)
        for child, parent in self._waiting.pop(row.row, []):
            self._tie(child, parent, self._known(child))

    def finish(self) -> None:
        """Withdraw the links that an import of this source made and this file no longer states.

        Only those: what people agreed on since is theirs.
        """
        case, source = self._ledger.case, self._ledger.source
        for row, stated in self._stated.items():
            for link in case.org.parents(self._ledger.ids[row]):
                if link.source == source and link.parent not in stated:
                    reason = f"{source} no longer states it"
                    over = replace(link, state=LinkState.WITHDRAWN, reason=reason, decided_by=case.actor)
                    case.emit(LinkWithdrawn(replace(over, decided_at=case.now, source=None), Side.CHILD))
                    self._ledger.changed(row)

    def _known(self, row: PlanRow) -> dict[Id, Link]:
        """By parent, the links a row has: live, or made by this source and withdrawn by people since."""
        child, source = self._ledger.ids[row.row], self._ledger.source
        found = self._ledger.case.org.parents(child, *LIVE_LINKS, LinkState.WITHDRAWN)
        ended = {each.parent: each for each in found if each.state is LinkState.WITHDRAWN and each.source == source}
        return ended | {each.parent: each for each in found if each.state in LIVE_LINKS}

    def _tie(self, row: PlanRow, parent: PlanParent, known: dict[Id, Link]) -> None:
        ledger = self._ledger
        target, facts = ledger.target(parent.row), len(ledger.case.facts)
        if target is None and parent.row in self._here:
            ledger.problem(row, f"It was not linked to {parent.row!r}, which was not taken.")
        if target is None or target in self._stated[row.row]:
            return
        self._stated[row.row].add(target)
        try:
            _link(ledger, ledger.ids[row.row], target, parent, known.get(target))
        except Refused as error:
            ledger.problem(row, f"It was not linked to {parent.row!r}: {error}")
        if len(ledger.case.facts) != facts:
            ledger.changed(row.row)


def _link(ledger: Ledger, child: Id, parent: Id, said: PlanParent, found: Link | None) -> None:
    case = ledger.case
    because = checks.optional(said.because, "because")
    node = case.org.node(parent)
    version = node.version if node is not None else 0
    if said.proposed and (found is None or found.state in OPEN_LINKS):
        _require_under_way(case, child, parent)
    if found is None:
        made = _new(ledger, child, parent, said, because, None if said.stale else version)
        case.emit(_proposed(case, made) if said.proposed else LinkAccepted(made))
    elif found.state is LinkState.WITHDRAWN:
        message = f"the link was withdrawn here ({found.reason or 'no reason'}). Link it again if it holds after all."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)
    elif found.state in OPEN_LINKS:
        if said.proposed:
            return
        accepted = replace(found, state=LinkState.ACCEPTED, accepted_order=case.order, turn=None, due_at=None)
        case.emit(LinkAccepted(replace(accepted, decided_by=case.actor, decided_at=case.now)))
    elif because is not None and not found.measure and not said.stale and because != found.because:
        case.emit(LinkReaffirmed(replace(found, because=because, because_version=version)))


def _require_under_way(case: Case, child: Id, parent: Id) -> None:
    """Refuse a proposal to or from a goal that has ended: it would wait for ever."""
    for end in (child, parent):
        if case.org.node(end) is not None and not case.org.under_way(end):
            message = f"{title(case.org, end)} has ended, so nobody can decide on the proposal. Leave it out."
            raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)


def _new(ledger: Ledger, child: Id, parent: Id, said: PlanParent, because: str | None, version: int | None) -> Link:
    case = ledger.case
    helps = isinstance(case.org.node(child), Why | KeyResult)
    in_return = checks.optional(said.in_return, "inReturn")
    return Link(
        id=case.new_id("link"),
        child=child,
        parent=parent,
        kind=said.kind or (LinkKind.SUPPORTS if helps else LinkKind.CONTRIBUTES),
        state=LinkState.ACCEPTED,
        round=1,
        rounds=[LinkRound(1, ledger.unit_of(child), case.actor, because, in_return, case.now)],
        proposed_at=case.now,
        proposed_by=case.actor,
        weight=None if said.weight is None else checks.share(said.weight, "weight"),
        because=because,
        because_version=version if because is not None else None,
        in_return=in_return,
        accepted_order=case.order,
        decided_by=case.actor,
        decided_at=case.now,
        source=ledger.source,
    )


def _proposed(case: Case, link: Link) -> LinkProposed:
    """`link` as its child's side says it now; the other side is to answer."""
    open_ = replace(link, state=LinkState.PROPOSED, turn=Side.PARENT, due_at=case.reply_by())
    return LinkProposed(replace(open_, accepted_order=None, decided_by=None, decided_at=None))
