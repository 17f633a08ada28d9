"""What an organization calls its people and how they sign in, as this process has read it.

No event carries that: an event says that it changed, and then it is read again. All that was read is true as of a
revision of goals; so it makes no difference whether names were read before or after an event came, nor which of two
answers came first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.events.goals import PersonErased, PersonJoined, PersonSignedIn, PersonUpdated
from goldenthread.contracts.read_api import Login, PeopleSnapshot, PersonName


class PeopleNames:
    """Names and logins by person. `outdated` are those whose last change has not been read yet.

    A login that changed is nobody's from the event on, until it has been read whose it is. Of a person who was erased
    nothing is here from the event on, whatever answer of before it comes later.
    """

    def __init__(self, read: PeopleSnapshot) -> None:
        self.of: dict[Id, PersonName] = {}
        self.logins: dict[Login, Id] = {}
        self._changed: dict[Id, int] = {}
        self._moved: dict[Id, int] = {}
        """The same of logins: those of before are nobody's."""
        self._read_alone: dict[Id, int] = {}
        """Person → the revision as of which they were read, where that is later than for everybody."""
        self._came: dict[Id, datetime] = {}
        """Person → when an event said that they signed in for the first time."""
        self._read = -1
        self.take_all(read)

    @property
    def outdated(self) -> Mapping[Id, int]:
        """The people to be read again, with the revision that changed what is kept of them."""
        return self._changed

    def take_all(self, read: PeopleSnapshot) -> None:
        """Take what was read of everybody. What was read of a person at a later revision stays."""
        at = read.position.sequence
        if at < self._read:
            return
        later = {id: revision for id, revision in self._read_alone.items() if revision > at}
        kept = [self.of[id] for id in sorted(later, key=lambda id: later[id]) if id in self.of]
        self._read, self._read_alone = at, later
        for pending in (self._changed, self._moved):
            for id in [id for id, revision in pending.items() if revision <= at]:
                del pending[id]
        self.of = {each.id: each for each in read.people if each.id not in later} | {each.id: each for each in kept}
        self.logins = {each.login: id for id, each in self.of.items() if id not in self._moved}

    def take(self, person: Id, name: PersonName | None, revision: int) -> None:
        """Take what was read of one person; None: nothing is kept of them. Less recent than what is here: nothing."""
        if revision < self._as_of(person):
            return
        self._end_login(person)
        self._read_alone[person] = revision
        for pending in (self._changed, self._moved):
            if pending.get(person, revision + 1) <= revision:
                del pending[person]
        if name is None:
            self.of.pop(person, None)
            return
        self.of[person] = name
        holder = self.logins.get(name.login)
        if person not in self._moved and (holder is None or self._as_of(holder) <= revision):
            self.logins[name.login] = person

    def signed_in_at(self, person: Id) -> datetime | None:
        """When a person signed in for the first time, as far as that was recorded."""
        name = self.of.get(person)
        return None if name is None else name.signed_in_at or self._came.get(person)

    def follow(self, payload: Struct | None, revision: int, at: datetime | None = None) -> None:
        """An event of goals, of the time `at`, is shown: a person in it may have to be read again.

        That somebody has signed in is known from the event: a thousand people who come on one morning are not read.
        """
        if isinstance(payload, PersonUpdated):
            login = PersonField.LOGIN in payload.fields
            if login:
                self._came.pop(payload.person.id, None)  # perhaps it was another one who had come
            self._outdate(payload.person.id, revision, login=login)
        elif isinstance(payload, PersonSignedIn):
            if at is not None:
                self._came[payload.person.id] = at
        elif isinstance(payload, PersonJoined):
            self._outdate(payload.person.id, revision, login=True)
        elif isinstance(payload, PersonErased):
            self.erase(payload.person.id, revision)
            self._changed[payload.person.id] = revision  # read again once: sentences that name them are made again

    def erase(self, person: Id, revision: int) -> None:
        """A person was erased, at that revision or before it: forget them."""
        self.take(person, None, revision)

    def _outdate(self, person: Id, revision: int, *, login: bool) -> None:
        if self._as_of(person) >= revision:
            return  # read after it changed
        self._changed[person] = revision
        if login:
            self._moved[person] = revision
            self._end_login(person)

    def _end_login(self, person: Id) -> None:
        known = self.of.get(person)
        if known is not None and self.logins.get(known.login) == person:
            del self.logins[known.login]

    def _as_of(self, person: Id) -> int:
        """The revision at which this person was read last."""
        return self._read_alone.get(person, self._read)
