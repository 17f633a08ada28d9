"""The days of a `Company`: streams of commits in the two mixes, and its purpose that goes and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import structs

from benchmarks._company import Company
from goldenthread.contracts import entities as e
from goldenthread.contracts import enums as n
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals as g
from goldenthread.runtime.clock import new_id, utc_now

_LOOSE = 50

Mix = Callable[[Company], list[Event]]


def turning(company: Company) -> list[Event]:
    """Every event turns verdicts: by turns the link a goal hangs on is withdrawn, and a new one accepted for another.

    Up to `_LOOSE` goals hang on nothing in between, the longest first to be linked again. Nine in ten are goals on
    which nothing hangs; the others may have a few dozen below them.
    """
    goals, chance = len(company.objectives), company.chance
    if len(company.loose) >= min(_LOOSE, goals // 4):
        index = company.loose.popleft()
        before = company.primary[index]
        company.primary[index] = company.link(before.child, before.parent, company.version(before.parent))
        company.say(company.primary[index].id, g.LinkAccepted(company.primary[index]))
        return company.commit()
    oldest = goals // 3 if chance.random() < 0.9 else goals // 16
    while (index := chance.randrange(oldest, goals)) in company.loose:
        pass
    company.loose.append(index)
    company.primary[index] = _withdrawn(company, company.primary[index])
    return company.commit()


def working_day(company: Company) -> list[Event]:
    """Of a thousand commits 650 are check-ins, 230 change an objective, 40 propose a second link, 40 accept one of
    these, 19 withdraw one, 20 are like `turning`; one in ten thousand revises a why, and the next reaffirms what serves
    it, link by link, as one commit.

    Ten thousand events are about a week of an organization of as many nodes in which everybody checks in once; its
    twenty whys are revised about twice a year.
    """
    if company.revised is not None:
        return _reaffirmed(company, company.revised)
    dice = company.chance.random()
    if dice < 0.65:
        return _check_in(company)
    if dice < 0.88:
        return _changed(company)
    if dice < 0.92 or (dice < 0.9795 and not company.proposed and not company.accepted):
        return _proposed(company)
    if dice < 0.9795 and company.proposed and (dice < 0.96 or not company.accepted):
        return _accepted(company)
    if dice < 0.9795:
        _withdrawn(company, company.accepted.pop(company.chance.randrange(len(company.accepted))))
        return company.commit()
    return turning(company) if dice < 0.9999 else _revised(company)


def retired(company: Company) -> list[Event]:
    """The purpose is retired."""
    company.purpose = structs.replace(company.purpose, state=n.PurposeState.RETIRED)
    company.say(company.purpose.id, g.PurposeRetired(company.purpose, "We start anew"))
    return company.commit()


def published(company: Company) -> list[Event]:
    """The purpose is published again, in a new version."""
    version = company.purpose.version + 1
    company.purpose = structs.replace(company.purpose, state=n.PurposeState.PUBLISHED, version=version)
    company.say(company.purpose.id, g.PurposePublished(company.purpose))
    return company.commit()


def lived(company: Company, mix: Mix, events: int) -> Iterator[list[Event]]:
    """Commits of a mix, `events` events and no more than a commit over that."""
    end = company.sequence + events
    while company.sequence < end:
        yield mix(company)


def _check_in(company: Company) -> list[Event]:
    index = company.chance.randrange(len(company.key_results))
    result = company.key_results[index] = structs.replace(
        company.key_results[index], current_value=float(company.chance.randrange(100)), status=n.ProgressStatus.ON_TRACK
    )
    note = "A sentence about how it goes"
    made = e.CheckIn(new_id("checkin"), result.id, result.current_value or 0.0, utc_now(), None, note=note)
    company.say(made.id, g.CheckInRecorded(made, result))
    return company.commit()


def _changed(company: Company) -> list[Event]:
    index = company.chance.randrange(len(company.objectives))
    before = company.objectives[index]
    status = n.ProgressStatus.AT_RISK if before.status is not n.ProgressStatus.AT_RISK else n.ProgressStatus.ON_TRACK
    after = company.objectives[index] = structs.replace(before, status=status)
    company.say(after.id, g.ObjectiveChanged(after, before))
    return company.commit()


def _proposed(company: Company) -> list[Event]:
    child = company.chance.randrange(2, len(company.objectives))
    parent = company.chance.randrange(child - 1)
    made = company.link(company.objectives[child].id, company.objectives[parent].id, 1, accepted=False)
    company.proposed.append(made)
    company.say(made.id, g.LinkProposed(made))
    return company.commit()


def _accepted(company: Company) -> list[Event]:
    before = company.proposed.pop(company.chance.randrange(len(company.proposed)))
    after = structs.replace(
        before, state=n.LinkState.ACCEPTED, accepted_order=company.sequence + 1, decided_at=utc_now(), turn=None,
        due_at=None,
    )  # fmt: skip
    company.accepted.append(after)
    company.say(after.id, g.LinkAccepted(after))
    return company.commit()


def _withdrawn(company: Company, before: e.Link) -> e.Link:
    after = structs.replace(before, state=n.LinkState.WITHDRAWN, decided_at=utc_now(), reason="We do it otherwise")
    company.say(after.id, g.LinkWithdrawn(after, n.Side.CHILD))
    return after


def _revised(company: Company) -> list[Event]:
    index = company.chance.randrange(len(company.whys))
    before = company.whys[index]
    after = company.whys[index] = structs.replace(before, version=before.version + 1)
    company.revised = after
    company.say(after.id, g.WhyRevised(after, before))
    return company.commit()


def _reaffirmed(company: Company, why: e.Why) -> list[Event]:
    company.revised = None
    before = company.served[why.id]
    company.served[why.id] = [structs.replace(each, because_version=why.version) for each in before]
    for link in company.served[why.id]:
        company.say(link.id, g.LinkReaffirmed(link))
    return company.commit()
