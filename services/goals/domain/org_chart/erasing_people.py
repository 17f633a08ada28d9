"""People of whom nothing is kept any more. The fact has their id only; what is erased with it is in no fact."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import ErasePerson
from goldenthread.contracts.entities import Person
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PersonErased
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import people
from services.goals.domain.permissions import Action

_WOULD_BE = (
    "This would erase their name, e-mail address and login, the answers kept for that login, and what imports remember "
    "of files with that name or address in them. It cannot be undone. Their id stays in the history, as of a person "
    "who was erased; texts that people wrote stay, also where they name this person."
)
_STAYS = (
    "Their id stays in the history, as of a person who was erased. Texts that people wrote stay, also where they name "
    "this person. A backup of before has the erased data still: whoever restores one erases it there again "
    "(`goldenthread erasures`)."
)


def erase(case: Case, command: ErasePerson) -> None:
    """Erase a person or service account that is not here any more. A second time changes nothing."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    person = validation.find(case.org, Person, command.person, "person")
    if not person.left:
        how = "revoke it first (revokeServiceAccount)" if person.service else "remove them first (removePerson)"
        message = f"{'That service account' if person.service else 'That person'} is still here; {how}."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "person")
    _erase(case, person)
    case.warn(ErrorCode.POLICY, _WOULD_BE if command.dry_run else _STAYS, "person")


def erase_again(case: Case, person: Person) -> None:
    """Erase a person whom a restored backup brought back. Who is here in it leaves first, without a successor: they
    left, and were erased, after it was made. That holds for the last administrator, too.
    """
    if not person.left:
        people.leave(case, person)
    _erase(case, case.org.people[person.id])


def _erase(case: Case, person: Person) -> None:
    case.about(person.id)
    if not person.erased or case.context.named is not None:
        case.emit(PersonErased(replace(person, erased=True)))
        case.erased = person.id
