"""What can become of an invitation, whatever is done to it in whatever order: compared with a model that knows nothing
of how it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import InvitationState as S
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import Refused
from goldenthread.organization.invitations import state_of, to_review
from tests.unit.goals.world import Acme

STEPS = st.lists(
    st.one_of(
        st.sampled_from(["invite", "claim", "revoke", "confirm", "undo", "login"]),
        st.integers(1, 8).map(lambda days: f"{days} days"),
    ),
    max_size=12,
)


class Model:
    """One invitation, in words: what it is, until when it can be claimed, and whether somebody can sign in by it."""

    def __init__(self, now: datetime) -> None:
        self.now, self.state, self.until, self.login, self.asked = now, S.OPEN, now + timedelta(days=7), False, False

    @property
    def is_now(self) -> S:
        return S.EXPIRED if self.state is S.OPEN and self.now >= self.until else self.state

    def does(self, step: str) -> bool:
        """Whether the step is taken, and what it makes of it."""
        was = self.is_now
        match step:
            case "invite":
                self.state, self.until, self.asked = S.OPEN, self.now + timedelta(days=7), False
                return True
            case "claim" if was is S.OPEN:
                self.state, self.login, self.asked = S.CLAIMED, True, True
                return True
            case "revoke" if was in (S.OPEN, S.EXPIRED, S.REVOKED):
                self.state = S.REVOKED
                return True
            case "confirm" if was is S.CLAIMED:
                self.asked = False
                return True
            case "undo" if was is S.CLAIMED:
                self.state, self.login, self.asked = S.UNDONE, False, False
                return True
            case "login":
                self.login, self.asked = True, False
                self.state = S.REVOKED if was is S.OPEN else self.state
                return True
        return False


@given(STEPS)
def test_an_invitation_is_what_was_done_to_it(steps: list[str]) -> None:
    acme = Acme()
    person = acme.id(c.InvitePerson(name="Ana", roles=[RoleGrant(R.MEMBER, acme.web)]))
    model = Model(acme.now)
    for number, step in enumerate(steps):
        if step.endswith("days"):
            acme.later(days=int(step.split()[0]))
            model.now = acme.now
            continue
        assert taken(acme, person, step, number) is model.does(step), step
        here = acme.org.people[person]
        invitation = here.invitation
        assert invitation is not None
        assert (state_of(invitation, acme.now), here.signs_in) == (model.is_now, model.login), step
        assert (to_review(here) is not None) is model.asked


def taken(acme: Acme, person: str, step: str, number: int) -> bool:
    """Whether goals takes the step."""
    commands: dict[str, c.AnyCommand] = {
        "invite": c.InvitePerson(person=person),
        "revoke": c.RevokeInvitation(person=person),
        "confirm": c.ConfirmInvitation(person=person),
        "undo": c.UndoInvitation(person=person),
        "login": c.UpdatePerson(person=person, subject=f"login {number}"),
    }
    try:
        if step == "claim":
            acme.claim(person)
        else:
            acme.do(commands[step])
    except Refused:
        return False
    return True
