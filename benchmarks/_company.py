"""What goals would say of an organization: how it came to be, and its days, as events in their places in the stream."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct, structs

from goldenthread.contracts import entities as e
from goldenthread.contracts import enums as n
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals as g
from goldenthread.contracts.registry import name_of
from goldenthread.runtime.clock import new_id, utc_now, uuid7
from goldenthread.runtime.kafka.clients import partition_of

_BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
_COMMIT = 4_000
"""Events of one commit while an organization is founded, as in an import."""


class Company:
    """An organization of about `nodes` nodes; a seed gives the same shape, with other ids.

    A hundred goals share a unit, four fifths of the nodes are objectives, the others measure them; a goal hangs on one
    that is four to twelve times older, the first on whys of the root unit: up to a few hundred nodes hang on each of
    the oldest, nothing on three quarters of them. With `partition` its records are on that one.
    """

    def __init__(self, nodes: int, *, seed: int = 7, partition: int | None = None) -> None:
        self.id = new_id("org")
        while partition is not None and partition_of(self.id) != partition:
            self.id = new_id("org")
        self.nodes = nodes
        self.chance = random.Random(seed)
        self.sequence = 0
        """Of the last event that was said."""
        self.objectives: list[e.Objective] = []
        self.key_results: list[e.KeyResult] = []
        self.primary: list[e.Link] = []
        """By objective: the link it hangs on, or did until it was withdrawn."""
        self.loose: deque[int] = deque()
        """Objectives whose primary link is withdrawn, the longest first."""
        self.whys: list[e.Why] = []
        self.served: dict[e.Id, list[e.Link]] = {}
        """By why: the accepted links to it."""
        self.purpose = e.Purpose(new_id("purpose"), "Be useful", 1, n.PurposeState.PUBLISHED, None, _BEGAN)
        self.proposed: list[e.Link] = []
        self.accepted: list[e.Link] = []
        """Second links of goals, which wait for a decision or were accepted."""
        self.revised: e.Why | None = None
        """The why that was revised, while the links to it are not reaffirmed."""
        self._last: str | None = None
        self._open: list[tuple[e.Id, Struct]] = []

    def founded(self) -> Iterator[list[Event]]:
        """The commits that make it what it is."""
        root, units = new_id("unit"), [new_id("unit") for _ in range(1 + self.nodes // 100)]
        info = e.OrganizationInfo(self.id, "Example", root, e.Policy(), _BEGAN)
        self.say(self.id, g.OrganizationCreated(info))
        self.say(root, g.UnitCreated(e.OrgUnit(root, "Root", n.UnitFunction.EXECUTIVE, placed_at=_BEGAN)))
        for number, id in enumerate(units):
            parent = root if number < 10 else units[number // 10 - 1]
            unit = e.OrgUnit(id, f"Unit {number}", n.UnitFunction.BUSINESS, parent, placed_at=_BEGAN)
            self.say(id, g.UnitCreated(unit))
        self.say(self.purpose.id, g.PurposePublished(self.purpose))
        for number in range(1 + min(19, self.nodes // 50)):
            self._why(number, root)
        for number in range(self.nodes * 4 // 5):
            self._objective(number, units[number * len(units) // (self.nodes * 4 // 5)])
            if number % 4 == 0:
                self._key_result(self.objectives[-1].id)
            if len(self._open) > _COMMIT:
                yield self.commit()
        yield self.commit()

    def say(self, subject: e.Id, payload: Struct) -> None:
        """One event more in the commit that is open."""
        self._open.append((subject, payload))
        self.sequence += 1

    def commit(self) -> list[Event]:
        """What was said since the last commit, as one."""
        first = self.sequence - len(self._open) + 1
        made = []
        for sequence, (subject, payload) in enumerate(self._open, first):
            made.append(self._event(subject, payload, sequence))
        self._open = []
        return made

    def link(self, child: e.Id, parent: e.Id, version: int, *, accepted: bool = True) -> e.Link:
        """A new link that the next event will speak of."""
        text = "It brings more people to what the other goal is about"
        return e.Link(
            new_id("link"), child, parent, n.LinkKind.CONTRIBUTES,
            n.LinkState.ACCEPTED if accepted else n.LinkState.PROPOSED, 1,
            [e.LinkRound(1, None, None, text, None, _BEGAN)], _BEGAN,
            because=text, because_version=version, accepted_order=self.sequence + 1 if accepted else None,
            decided_at=_BEGAN if accepted else None, turn=None if accepted else n.Side.PARENT,
            due_at=None if accepted else _BEGAN,
        )  # fmt: skip

    def version(self, node: e.Id) -> int:
        """The version of a goal; only whys are given new ones here."""
        return next((why.version for why in self.whys if why.id == node), 1)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _why(self, number: int, root: e.Id) -> None:
        id = new_id("why")
        why = e.Why(id, f"Why {number}", "Grow", "It pays", 1, n.WhyState.PUBLISHED, None, root, [root], _BEGAN)
        self.whys.append(structs.replace(why, told={root: _BEGAN}))
        self.served[id] = []
        self.say(id, g.WhyPublished(self.whys[-1]))
        link = self.link(id, self.purpose.id, 1)
        self.say(link.id, g.LinkAccepted(link))

    def _objective(self, number: int, unit: e.Id) -> None:
        id, state = new_id("objective"), n.ObjectiveState.ACTIVE
        about = "What we want to be different by the end of the year, in a sentence or two."
        made = e.Objective(id, f"Goal {number}", about, state, 1, [unit], None, None, _BEGAN, _BEGAN)
        self.objectives.append(made)
        self.say(id, g.ObjectiveCreated(made))
        if number < len(self.whys) * 2:
            parent = self.whys[number % len(self.whys)].id
        else:
            parent = self.objectives[self.chance.randrange(number // 12, max(1, number // 4))].id
        self.primary.append(self.link(id, parent, self.version(parent)))
        if parent in self.served:
            self.served[parent].append(self.primary[-1])
        self.say(self.primary[-1].id, g.LinkAccepted(self.primary[-1]))

    def _key_result(self, objective: e.Id) -> None:
        id = new_id("keyresult")
        made = e.KeyResult(id, "How many", objective, 1, n.Direction.INCREASE, _BEGAN, 0, 100, 0)
        self.key_results.append(made)
        self.say(id, g.KeyResultAdded(made))
        link = self.link(id, objective, 1)
        link = structs.replace(link, kind=n.LinkKind.SUPPORTS, rounds=[], because=None, because_version=None)
        self.say(link.id, g.LinkAccepted(structs.replace(link, round=0, measure=True)))

    def _event(self, subject: e.Id, payload: Struct, sequence: int) -> Event:
        previous, self._last = self._last, uuid7()
        return Event(
            id=self._last,
            source=g.SOURCE,
            type=name_of(payload),
            time=utc_now(),
            subject=subject,
            organization=self.id,
            sequence=sequence,
            previous=previous,
            commit=self.sequence,
            data=payload,
        )
