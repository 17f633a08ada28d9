"""Who was invited and who has signed in, as it is shown, and whose turn a claim is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.entities import Person, PersonInvitation, RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.events.goals import InvitationClaimed, InvitationConfirmed, PersonJoined
from goldenthread.contracts.read_api import PersonName
from goldenthread.contracts.replies import LoginConflict, MovedLogins
from goldenthread.contracts.secret import Secret
from tests.support.entities import unit
from tests.unit.gateway.fakes import NOW, Client, accepted
from tests.unit.gateway.world import PEOPLE, World

DAY = timedelta(days=1)
INVITATIONS = (
    "query($s: [InvitationState!]) { invitations(states: $s) { nodes { state invitedBy { id } person { id } } } }"
)
MY_TURN = "{ myTurn(kinds: [REVIEW_INVITATION]) { nodes { subject { id } unit { id } dueAt nextStep } } }"


def invited(id: str, by: str = "person_a", made: datetime = NOW - DAY, **more: Any) -> Person:
    invitation = PersonInvitation(f"invitation_{id}", by, made, made + 7 * DAY, **more)
    return Person(id, [RoleGrant(R.MEMBER, "unit_c")], no_login="claimed_at" not in more, invitation=invitation)


def world(*people: Person) -> World:
    """A leads C; Rita administers."""
    lead = Person("person_a", [RoleGrant(R.LEAD, "unit_c")])
    other = Person("person_b", [RoleGrant(R.MEMBER, "unit_c")])
    made = World(
        replace(unit("unit_c"), lead="person_a"), lead, other, Person("person_root", [RoleGrant(R.ADMIN)]), *people
    )
    made.people = [*PEOPLE, PersonName("person_b", "Bo Beta", "bo", signed_in_at=NOW)]
    made.people += [PersonName(each.id, f"Name of {each.id}", "nobody") for each in people]
    made.first = made.loaded()
    return made


async def ask(made: World, login: str, query: str, **variables: Any) -> Any:
    return await Client(made, subject=login).ask(query, **variables)


async def seen(made: World, login: str, states: list[str] | None = None) -> list[tuple[str, str]]:
    found = await ask(made, login, INVITATIONS, s=states)
    return [(each["person"]["id"], each["state"]) for each in found["invitations"]["nodes"]]


async def turns(made: World, login: str) -> list[str]:
    return [each["subject"]["id"] for each in (await ask(made, login, MY_TURN))["myTurn"]["nodes"]]


async def test_people_say_whether_they_have_signed_in_and_until_when_they_are_invited() -> None:
    made = world(invited("person_new"), invited("person_late", made=NOW - 8 * DAY))
    query = "query($in: Boolean) { people(signedIn: $in) { nodes { id signsIn signedInAt invitedUntil } } }"
    everybody = {each["id"]: each for each in (await ask(made, "rita", query))["people"]["nodes"]}
    assert everybody["person_b"] == {
        "id": "person_b",
        "signsIn": True,
        "signedInAt": NOW.isoformat(),
        "invitedUntil": None,
    }
    assert everybody["person_new"]["invitedUntil"] == (NOW + 6 * DAY).isoformat()
    assert (everybody["person_new"]["signsIn"], everybody["person_late"]["invitedUntil"]) == (False, None)
    asked = {True: {"person_b"}, False: everybody.keys() - {"person_b"}}
    for signed_in, ids in asked.items():
        found = (await ask(made, "rita", query, **{"in": signed_in}))["people"]["nodes"]
        assert {each["id"] for each in found} == ids


async def test_administrators_see_every_invitation_and_its_state_the_newest_first() -> None:
    claimed: dict[str, Any] = {"claimed_at": NOW - DAY}
    made = world(
        invited("person_1", made=NOW - 2 * DAY),
        invited("person_2", made=NOW - 7 * DAY),
        invited("person_3", made=NOW - 3 * DAY, **claimed),
        invited("person_4", made=NOW - 4 * DAY, revoked_at=NOW),
        invited("person_5", made=NOW - 5 * DAY, **claimed, undone_at=NOW),
        replace(invited("person_6"), left=True),
    )
    everything = [
        ("person_1", "OPEN"),
        ("person_3", "CLAIMED"),
        ("person_4", "REVOKED"),
        ("person_5", "UNDONE"),
        ("person_2", "EXPIRED"),
    ]
    assert await seen(made, "rita") == everything
    assert await seen(made, "rita", ["OPEN", "UNDONE"]) == [everything[0], everything[3]]


async def test_a_lead_sees_invitations_to_their_units_and_of_their_own_and_members_see_none() -> None:
    elsewhere = replace(invited("person_9", by="person_root"), roles=[RoleGrant(R.VIEWER)])
    mine = replace(elsewhere, id="person_8", invitation=invited("person_8").invitation)
    made = world(invited("person_7", by="person_root"), mine, elsewhere)
    assert {id for id, _ in await seen(made, "ada")} == {"person_7", "person_8"}
    assert len(await seen(made, "rita")) == 3
    result = await Client(made, subject="bo").run(INVITATIONS)
    assert result.errors[0].extensions["code"] == "FORBIDDEN"


async def test_a_claim_is_the_turn_of_who_invited_and_of_administrators_for_a_week() -> None:
    made = world(
        invited("person_new", claimed_at=NOW - DAY),
        invited("person_old", claimed_at=NOW - 7 * DAY - timedelta(seconds=1)),
        invited("person_open"),
        invited("person_fine", claimed_at=NOW, confirmed_at=NOW),
        invited("person_gone", claimed_at=NOW, undone_at=NOW),
    )
    assert await turns(made, "ada") == await turns(made, "rita") == ["person_new"]
    assert await turns(made, "bo") == [], "a member of the unit has nothing to say about it"
    (turn,) = (await ask(made, "ada", MY_TURN))["myTurn"]["nodes"]
    assert (turn["unit"], turn["dueAt"]) == ({"id": "unit_c"}, (NOW + 6 * DAY).isoformat())
    assert turn["nextStep"] == (
        "Name of person_new claimed their invitation: confirm that it was them,"
        " or take the login away (undoInvitation)."
    )


async def test_an_administrator_who_claimed_an_invitation_is_not_asked_whether_it_was_them() -> None:
    rita = invited("person_root", by="person_a", claimed_at=NOW)
    made = world(replace(rita, roles=[RoleGrant(R.ADMIN)]))
    assert (await turns(made, "rita"), await turns(made, "ada")) == ([], ["person_root"])


async def test_the_turn_comes_with_the_claim_and_goes_with_the_word_that_it_was_right() -> None:
    made = world(invited("person_new"))
    caller = Client(made, subject="ada")

    async def mine() -> list[str]:
        return [each["subject"]["id"] for each in (await caller.ask(MY_TURN))["myTurn"]["nodes"]]

    assert await mine() == []
    claimed = invited("person_new", claimed_at=NOW)
    caller.cache.deliver_all(made.commit(InvitationClaimed(claimed)))
    assert await mine() == ["person_new"]
    confirmed = invited("person_new", claimed_at=NOW, confirmed_at=NOW)
    caller.cache.deliver_all(made.commit(InvitationConfirmed(confirmed)))
    assert await mine() == []


async def test_an_invitation_shows_its_secret_once_and_an_answer_that_is_repeated_none() -> None:
    made = world()
    secrets: list[Secret | None] = [Secret("gtinv_once"), None]

    def decide(made: World, _: Any) -> Any:
        events = made.commit(PersonJoined(invited("person_new")), write=True)
        return accepted(made, events, "person_new", secret=secrets.pop(0))

    caller = Client(made, decide)
    mutation = """mutation { invitePerson(input: {name: "N", roles: [{role: VIEWER}], idempotencyKey: "k"}) {
        secret person { id invitedUntil } errors { message } } }"""
    for secret in ("gtinv_once", None):
        found = (await caller.ask(mutation))["invitePerson"]
        assert (found["secret"], found["person"]["id"], found["errors"]) == (secret, "person_new", [])


async def test_a_dry_run_of_moving_logins_says_who_moves_and_who_cannot_without_asking_alignment() -> None:
    made = world()
    moved = MovedLogins(2, 1, [LoginConflict("person_b", "person_root")])
    caller = Client(made, lambda made, _: accepted(made, [], "person_a", dry_run=True, logins=moved))
    caller.upstreams.slow = True
    mutation = """mutation { moveLogins(input: {fromIssuer: "a", toIssuer: "b", dryRun: true}) {
        moved remaining conflicts { person { id } holder { name } } people { nodes { id } } errors { message } } }"""
    assert (await caller.ask(mutation))["moveLogins"] == {
        "moved": 2,
        "remaining": 1,
        "conflicts": [{"person": {"id": "person_b"}, "holder": {"name": "Rita Root"}}],
        "people": {"nodes": [{"id": "person_a"}]},
        "errors": [],
    }
