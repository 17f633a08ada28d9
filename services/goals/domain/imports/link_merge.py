"""The merge of the links that a plan states: accepted as they stand unless it says otherwise, explained only where it
says why.

A link is a cell of its child's row (`parent:<node>`), and so is its because. One that people withdrew or declined is
not made again, one that they still talk about is not touched, and one that the file states no more is withdrawn only
where nothing about it was changed here.
"""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.enums import CellOutcome, ConflictChoice, LinkKind, LinkState, Side
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.events.goals import LinkReaffirmed, LinkWithdrawn
from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from goldenthread.contracts.replies import ImportCell
from goldenthread.organization.organization import LIVE_LINKS, OPEN_LINKS, Organization
from goldenthread.organization.responsibility import title
from services.goals.domain import validation
from services.goals.domain.imports import new_links, node_cells, row_merge
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_cells import BECAUSE, PARENT, FileCell
from services.goals.domain.imports.row_merge import DECIDE, ENDED
from services.goals.domain.imports.successors import ended, origins, successor_chain
from services.goals.domain.links import negotiation

_KEPT = "-"
"""What is remembered of a link that was decided not to be made, where there is none that has ended."""
_OVER = (LinkState.WITHDRAWN, LinkState.DECLINED)


class _Links:
    """The links up from one node: the live ones, and of those that have ended the last one, by parent."""

    def __init__(self, links: list[Link]) -> None:
        self.live = {each.parent: each for each in links if each.state in LIVE_LINKS}
        self.over: dict[Id, Link] = {}
        for each in links:
            before = self.over.get(each.parent)
            if each.state in _OVER and (before is None or _when(before) <= _when(each)):
                self.over[each.parent] = each


def _when(link: Link) -> tuple[str, str]:
    return str(link.decided_at or link.proposed_at), link.id


class LinkMerge:
    """The merge of the links of one import, as its rows are taken.

    `incomplete`: rows of which not every parent is known.
    """

    def __init__(self, state: ImportState, incomplete: set[str]) -> None:
        self._state, self._incomplete = state, incomplete
        self._stated: dict[str, dict[Id, Id | None]] = {}
        """Per row taken, the nodes it states as its parents, with the live link of each."""
        self._waiting: dict[str, list[tuple[PlanRow, PlanParent]]] = {}
        """Per row that is yet to come, who wants to hang on it."""
        self._here = {row.row for row in state.plan.rows}
        self._done: set[str] = set()
        self._links: dict[Id, _Links] = {}
        self._named: dict[str, dict[Id, Id]] = {}
        self._tied: dict[tuple[str, Id], Id] = {}
        """By row and the goal it hangs on, the node that the row names for that."""
        self._kept: set[Id] = set()
        """Links that a row of the file states."""
        self._unlinked: set[str] = set()
        """Rows of which a parent is new in the file, and is not taken: a conflict, or decided so."""

    def row(self, row: PlanRow, taken: bool) -> None:
        """Merge the links up of a row that was taken (or refused), and the links that waited for that row."""
        self._done.add(row.row)
        if taken and row.type is not RowType.PURPOSE:
            self._stated[row.row] = {}
            # What a key result measures was settled when it was taken; its further parents are links like any other.
            for parent in row.parents[1:] if row.type is RowType.KEY_RESULT else row.parents:
                if parent.row in self._here and parent.row not in self._done:
                    self._waiting.setdefault(parent.row, []).append((row, parent))
                else:
                    self._tie(row, parent)
        for child, parent in self._waiting.pop(row.row, []):
            self._tie(child, parent)

    def finish(self) -> None:
        """Links that the file stated and states no more, in any row: two rows may be one goal here now."""
        self._kept = {link for stated in self._stated.values() for link in stated.values() if link is not None}
        for row, stated in self._stated.items():
            entry = self._state.taken[row]
            if row not in self._incomplete and (entry.row.parents or "parents" in entry.row.cells):
                self._gone(entry.row, stated)

    # -- stated --------------------------------------------------------------------------------------------------------

    def _tie(self, row: PlanRow, parent: PlanParent) -> None:
        state = self._state
        target, said, facts = state.target(parent.row), state.original(parent.row), len(state.case.facts)
        if target is None and parent.row in self._here:
            state.problem(row, f"It was not linked to {parent.row!r}, which was not taken.")
        if target is None or said is None or said in self._stated[row.row]:
            return
        if (row.row, target) in self._tied:  # Two goals that are one here now are one parent: what was said first.
            self._stated[row.row][said] = self._stated[row.row][self._tied[row.row, target]]
            return
        self._stated[row.row][said], self._tied[row.row, target] = None, said
        try:
            self._link(row, said, target, parent)
        except Refused as error:
            state.problem(row, f"It was not linked to {parent.row!r}: {error}")
        if len(state.case.facts) != facts:
            state.changed(row)

    def _link(self, row: PlanRow, said: Id, target: Id, parent: PlanParent) -> None:
        """One link that the file states. `said` is the node it names, `target` what that one is now."""
        state, org, child = self._state, self._state.case.org, self._state.ids[row.row]
        base = (state.base(row) or {}).get(PARENT + said)
        known = org.links.get(base.value) if base is not None else None
        first = state.nodes.get(row.row, child)
        live = known is not None and known.state in LIVE_LINKS
        same = (
            known if live and known and (known.child == child or known.child in successor_chain(org, first)) else None
        )
        # The links of a goal that went on with another one are its own, and were not made for the other one. Those of a
        # goal that went on as a copy are the copy's.
        own = base is not None and base.value and child != first and first not in origins(org, child)
        found = same or (None if own else self._live(child, said, target))
        if found is not None:
            self._stated[row.row][said] = found.id
            if base is None or base.value != found.id:
                state.remember(row, PARENT + said, node_cells.base_cell(found.id, node_cells.terms(found)))
            self._found(row, said, found, parent)
        elif base is not None and base.value:
            ours = "it was decided to stay so" if known is None else _elsewhere(org, known)
            self._report(row, said, CellOutcome.LEFT, target, ours)
        elif PARENT + said in (state.exported(row) or {}):
            self._report(row, said, CellOutcome.LEFT, target, "as it was exported; another copy states it no more")
        elif child == target:
            self._report(row, said, CellOutcome.LEFT, target, "both are one goal here now")
        else:
            self._make(row, said, target, parent, self._links_of(child).over.get(target))

    def _make(self, row: PlanRow, said: Id, target: Id, parent: PlanParent, over: Link | None) -> None:
        """A link that is not here: made, unless people ended it or its child."""
        state, child = self._state, self._state.ids[row.row]
        base = (state.base(row) or {}).get(PARENT + said)
        if over is not None and (over.id == (base.text if base else None) or (base is None and self._let_go(over))):
            over = None  # The import itself withdrew it.
        if over is not None and base is None and over.source == state.source:
            state.remember(row, PARENT + said, node_cells.base_cell(over.id))
            self._report(row, said, CellOutcome.LEFT, target, _ended(over))
            return
        known, choice = row.row in state.nodes, state.choice(row)
        bar = _ended(over) if over is not None else ENDED.why if known and ended(state.case.org, child) else None
        if bar is not None and choice is not ConflictChoice.THEIRS:
            self._unlinked.add(row.row)
        if bar is not None and choice is ConflictChoice.OURS:
            state.remember(row, PARENT + said, node_cells.base_cell(over.id if over is not None else _KEPT))
            self._report(row, said, CellOutcome.LEFT, target, "decided: what is here stays")
        elif bar is not None and choice is None:
            self._report(row, said, CellOutcome.CONFLICT, target, bar)
        else:
            link = new_links.make(state, child, target, parent)
            self._links_of(child).live[target] = link
            self._stated[row.row][said] = link.id
            state.remember(row, PARENT + said, node_cells.base_cell(link.id, node_cells.terms(link)))
            state.remember(row, BECAUSE + said, node_cells.base_cell(node_cells.one_line(link.because)))
            if known:
                self._report(row, said, CellOutcome.TAKEN, target, None)
                if row.because is None and link.state is LinkState.ACCEPTED:
                    negotiation.mirror(state.case, link)

    def _let_go(self, link: Link) -> bool:
        """Did an import of this source withdraw it, before imports remembered what they did?"""
        return link.source is None and link.reason == new_links.no_longer(self._state.source)

    def _found(self, row: PlanRow, said: Id, link: Link, parent: PlanParent) -> None:
        """A live link that the file states: one that is talked about stays as it is, its because else is a cell."""
        if link.measure:
            return
        if link.state in OPEN_LINKS:
            same = parent.proposed and node_cells.one_line(parent.because) in ("", node_cells.one_line(link.because))
            if not same:
                turn = "child" if link.turn is Side.CHILD else "parent"
                self._report(row, said, CellOutcome.LEFT, link.parent, f"still talked about; it is the {turn}'s turn")
            return
        other = [
            f"{name} stays {_shown(here)} (the file says {_shown(file)})"
            for name, file, here in (
                ("its kind", parent.kind, link.kind),
                ("its weight", parent.weight, link.weight),
                ("what is given in return", parent.in_return, link.in_return),
            )
            if file is not None and _compared(file) != _compared(here)
        ]
        if other:
            note = f"{', '.join(other)}: both sides agreed on it"
            self._report(row, said, CellOutcome.LEFT, link.parent, note)
        self._because(row, said, link, parent)

    def _because(self, row: PlanRow, said: Id, link: Link, parent: PlanParent) -> None:
        """The because of an accepted link. A file may write one, and takes none away."""
        state, because = self._state, validation.optional(parent.because, "because")
        file, here = node_cells.one_line(because), node_cells.one_line(link.because)
        if not file and here:
            base = (state.base(row) or {}).get(BECAUSE + said)
            if "because" in row.cells and base is not None and base.value:
                shown = node_cells.described(state.case.org, "because", base.value, here)
                note = "a file takes no because away; write another one, here or in the file"
                cell = ImportCell(BECAUSE + said, CellOutcome.LEFT, shown, here, None, note)
                state.entry(row).cells.append(cell)
            return
        known = (state.base(row) or {}).get(BECAUSE + said)
        if known is not None and known.value == here and known.says(file, None):
            return  # as `meet` would find, without asking what only a difference needs
        bar = ENDED if ended(state.case.org, link.child) else None
        also = BECAUSE + self._remembered_as(row).get(link.id, said)
        merged = row_merge.merge_cell(state, row, BECAUSE + said, here, FileCell(file, {}), bar, also=also)
        if merged.takes:
            node = state.case.org.node(link.parent)
            # In an export of ours it was the because of before that was out of date, and this one is written anew.
            stale = parent.stale and state.case.org.node(row.row) is None
            version = None if stale or node is None else node.version
            link = replace(link, because=because, because_version=version)
            state.case.emit(LinkReaffirmed(link))
            self._links_of(link.child).live[link.parent] = link
            if row.because is None:
                negotiation.mirror(state.case, link)
        if merged.remembers:
            state.remember(row, PARENT + said, node_cells.base_cell(link.id, node_cells.terms(link)))

    def _remembered_as(self, row: PlanRow) -> dict[Id, Id]:
        """By link, the parent that the row named: a link that went on with a successor may be named by that one now."""
        if row.row not in self._named:
            base = self._state.base(row) or {}
            self._named[row.row] = {
                cell.value: name.removeprefix(PARENT) for name, cell in base.items() if name.startswith(PARENT)
            }
        return self._named[row.row]

    # -- stated no more ------------------------------------------------------------------------------------------------

    def _gone(self, row: PlanRow, stated: dict[Id, Id | None]) -> None:
        base = self._state.base(row)
        if base is None:
            self._gone_unknown(row)
            return
        exported = self._state.exported(row)
        gone: dict[Id, list[str]] = {}
        for name in [name for name in base if name.startswith(PARENT)]:
            cell = base[name]
            if name.removeprefix(PARENT) in stated or not cell.value:
                continue
            if exported is None or name in exported:
                gone.setdefault(cell.value, []).append(name)
            elif (link := self._state.case.org.links.get(cell.value)) is not None and link.state in LIVE_LINKS:
                shown = title(self._state.case.org, link.parent)
                note = "not in the export; a copy of it has brought it"
                self._state.entry(row).cells.append(
                    ImportCell(name, CellOutcome.LEFT, was=shown, here=shown, note=note)
                )
        for id, names in gone.items():
            link = self._state.case.org.links.get(id)
            if link is None or link.state in _OVER or link.id in self._kept:
                self._forget(row, names, None)
            elif link.state is LinkState.ACCEPTED and not link.measure:
                text = node_cells.base_cell(link.id, node_cells.terms(link)).text
                self._withdraw(row, names, link, changed=all(base[name].text not in (None, text) for name in names))

    def _gone_unknown(self, row: PlanRow) -> None:
        """Where nothing is remembered, the links that say that an import of this source made them."""
        for link in self._state.case.org.parents(self._state.ids[row.row]):
            if link.source == self._state.source and link.id not in self._kept and not link.measure:
                first = link.rounds[0] if link.rounds else None
                said = (first.because, first.in_return) if first is not None else None
                changed = link.round != 1 or said != (link.because, link.in_return)
                self._withdraw(row, [PARENT + link.parent], link, changed=changed)

    def _withdraw(self, row: PlanRow, names: list[str], link: Link, *, changed: bool) -> None:
        """Withdraw a link that the file no longer states, unless people changed it since; it is looked up by the names
        it is remembered by.
        """
        state, case, choice = self._state, self._state.case, self._state.choice(row)
        shown = title(case.org, link.parent)
        bar = "it was changed here since" if changed else ENDED.why if ended(case.org, link.child) else None
        if bar is not None and choice is None:
            message = f"The file no longer states the link to {shown}, and {bar}. It stays. {DECIDE}"
            cell = ImportCell(names[0], CellOutcome.CONFLICT, was=shown, here=shown, note=bar)
            row_merge.conflict(state, row, cell, message)
        elif row.row in self._unlinked and choice is None:
            # A row that moves leaves its old parent when it has the new one: not before somebody decides on that.
            note = "it stays while the link that the file has instead is in conflict"
            state.entry(row).cells.append(ImportCell(names[0], CellOutcome.LEFT, was=shown, here=shown, note=note))
        elif choice is ConflictChoice.OURS and (bar is not None or row.row in self._unlinked):
            self._forget(row, names, None)
            note = "decided: what is here stays"
            state.entry(row).cells.append(ImportCell(names[0], CellOutcome.LEFT, was=shown, here=shown, note=note))
        else:
            case.emit(LinkWithdrawn(new_links.withdrawn(state, link), Side.CHILD))
            self._forget(row, names, link.id)
            self._links.pop(link.child, None)
            state.entry(row).cells.append(ImportCell(names[0], CellOutcome.TAKEN, was=shown, here=shown))
            state.changed(row)

    def _forget(self, row: PlanRow, names: list[str], withdrawn: Id | None) -> None:
        """The file states this link no more; `withdrawn` is its id where this import ended it for that."""
        for name in names:
            self._state.remember(row, name, node_cells.base_cell("", withdrawn))
            self._state.remember(row, BECAUSE + name.removeprefix(PARENT), None)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _live(self, child: Id, said: Id, target: Id) -> Link | None:
        live = self._links_of(child).live
        return live.get(said) or live.get(target)

    def _links_of(self, child: Id) -> _Links:
        if child not in self._links:
            self._links[child] = _Links(self._state.case.org.parents(child, *LIVE_LINKS, *_OVER))
        return self._links[child]

    def _report(self, row: PlanRow, said: Id, outcome: CellOutcome, target: Id, note: str | None) -> None:
        state, shown = self._state, title(self._state.case.org, target)
        cell = ImportCell(PARENT + said, outcome, file=shown, note=note)
        if outcome is CellOutcome.CONFLICT:
            message = f"The file states a link to {shown}, and {note}. It was not made again. {DECIDE}"
            row_merge.conflict(state, row, cell, message)
        else:
            state.entry(row).cells.append(cell)


def _shown(term: LinkKind | float | str | None) -> str:
    """A term of a link in words."""
    if isinstance(term, LinkKind):
        return term.value.replace("_", " ").lower()
    if isinstance(term, int | float):
        return f"{term:g}"
    return "nothing" if term is None else f"“{node_cells.one_line(term)[:60]}”"


def _compared(term: LinkKind | float | str | None) -> LinkKind | float | str | None:
    """A term as it is compared: a text without its line ends, as a because is."""
    return node_cells.one_line(term) if isinstance(term, str) and not isinstance(term, LinkKind) else term


def _elsewhere(org: Organization, link: Link) -> str:
    """Why a link that the file states is none of the goal of its row any more."""
    return f"the link went on with {title(org, link.child)}" if link.state in LIVE_LINKS else _ended(link)


def _ended(link: Link) -> str:
    return f"the link was {link.state.value.lower()} here" + (f": “{link.reason}”" if link.reason else "")
