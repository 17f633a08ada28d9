"""The purpose and the whys: versions move with the meaning, and the because is said twice alike."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, RoleGrant, Why
from goldenthread.contracts.enums import LinkState, PurposeState, WhyState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import PurposePublished, PurposeRevised, WhyPublished, WhyRetired, WhyRevised
from tests.unit.goals.world import Acme, World


@pytest.fixture
def acme() -> Acme:
    return Acme()


def publish(acme: Acme, actor: Id | None = None, unit: Id | None = None, serves: Id | None = None) -> Why:
    command = c.PublishWhy(statement="Reach buyers", because="it pays", audience=[acme.sales], unit=unit, serves=serves)
    return acme.org.whys[acme.id(command, actor)]


def test_publishing_the_purpose_again_keeps_its_id_and_moves_its_version(acme: Acme) -> None:
    again = acme.do(c.PublishPurpose(statement="Better", expected_version=1))
    assert isinstance(again.facts[0].payload, PurposeRevised)
    purpose = acme.org.purpose
    assert purpose is not None
    assert (purpose.id, purpose.version) == (acme.purpose, 2)
    acme.do(c.PublishPurpose(statement="Better!", editorial=True))
    assert acme.org.purpose is not None
    assert acme.org.purpose.version == 2
    assert acme.do(c.PublishPurpose(statement=" Better! ")).facts == []


def test_a_stale_version_is_refused(acme: Acme) -> None:
    problem = acme.refused(c.PublishPurpose(statement="x", expected_version=7))
    assert (problem.code, problem.path) == (ErrorCode.STALE_VERSION, ["expectedVersion"])
    why = publish(acme)
    assert acme.refused(c.ReviseWhy(why=why.id, expected_version=2)).code is ErrorCode.STALE_VERSION
    acme.do(c.PublishPurpose(statement="Better", expected_version=1))
    acme.do(c.ReviseWhy(why=why.id, expected_version=1, statement="Keep buyers"))
    for read in (0, 1, 3):
        assert acme.refused(c.PublishPurpose(statement="x", expected_version=read)).code is ErrorCode.STALE_VERSION
        assert acme.refused(c.ReviseWhy(why=why.id, expected_version=read)).code is ErrorCode.STALE_VERSION


def test_a_retired_purpose_comes_back_as_the_next_version(acme: Acme) -> None:
    acme.do(c.RetirePurpose(reason="merger"))
    assert acme.refused(c.RetirePurpose(reason="again")).code is ErrorCode.STATE_NOT_ALLOWED
    back = acme.do(c.PublishPurpose(statement="Together"))
    assert isinstance(back.facts[0].payload, PurposePublished)
    assert acme.org.purpose is not None
    assert (acme.org.purpose.version, acme.org.purpose.state) == (2, PurposeState.PUBLISHED)


def test_an_executives_why_serves_the_purpose_at_once(acme: Acme) -> None:
    why = publish(acme, acme.executive)
    link = acme.org.parents(why.id)[0]
    assert (why.unit, why.sponsor, link.parent, link.because) == (acme.root, acme.executive, acme.purpose, "it pays")
    assert acme.org.explained(link)


def test_a_leads_why_waits_for_an_executive(acme: Acme) -> None:
    why = publish(acme, acme.sales_lead)
    assert why.unit == acme.sales
    link = acme.org.parents(why.id, LinkState.PROPOSED)[0]
    acme.do(c.AcceptLink(link=link.id, round=1), acme.executive)


def test_a_why_of_a_unit_serves_another_why_by_a_two_sided_link(acme: Acme) -> None:
    above = publish(acme, acme.executive)
    below = publish(acme, acme.tech_lead, acme.tech, serves=above.id)
    link = acme.org.parents(below.id, LinkState.PROPOSED)[0]
    assert link.parent == above.id
    publish(acme, acme.tech_lead, acme.web)
    forbidden = c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.sales)
    problem = acme.refused(forbidden, acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["unit"])


def test_a_why_needs_a_published_purpose_or_a_live_why_to_serve(acme: Acme) -> None:
    why, objective = publish(acme), acme.objective(acme.web)
    acme.do(c.RetireWhy(why=why.id, reason="done"))
    command = c.PublishWhy(statement="s", because="b", audience=[acme.sales], serves=why.id)
    problem = acme.refused(command)
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["serves"])
    command = c.PublishWhy(statement="s", because="b", audience=[acme.sales], serves=objective)
    assert acme.refused(command).code is ErrorCode.INVALID
    bare = World()
    command = c.PublishWhy(statement="s", because="b", audience=[bare.root])
    assert bare.refused(command).path == ["serves"]


def test_only_a_statement_that_says_something_else_moves_a_whys_version(acme: Acme) -> None:
    why = publish(acme).id
    for change, version in [
        (c.ReviseWhy(why=why, expected_version=1, audience=[acme.tech]), 1),
        (c.ReviseWhy(why=why, expected_version=1, statement="Reach buyers.", editorial=True), 1),
        (c.ReviseWhy(why=why, expected_version=1, because="it pays well"), 1),
        (c.ReviseWhy(why=why, expected_version=1, statement="Keep buyers"), 2),
        (c.ReviseWhy(why=why, expected_version=2, statement="Keep buyers"), 2),
    ]:
        acme.do(change)
        assert acme.org.whys[why].version == version


def test_the_because_of_a_why_and_of_its_link_stay_alike(acme: Acme) -> None:
    why = publish(acme).id
    acme.do(c.ReviseWhy(why=why, expected_version=1, because="it saves"))
    link = acme.org.parents(why)[0]
    assert link.because == "it saves"
    acme.do(c.ReaffirmLinks(links=[link.id], because="it heals"))
    assert acme.org.whys[why].because == "it heals"
    waiting = publish(acme, acme.sales_lead).id
    acme.do(c.ReviseWhy(why=waiting, expected_version=1, because="it grows"), acme.sales_lead)
    proposed = acme.org.parents(waiting, LinkState.PROPOSED)[0]
    assert (proposed.because, proposed.round) == ("it grows", 2)
    acme.do(c.CounterLink(link=proposed.id, round=2, because="it lasts"), acme.executive)
    acme.do(c.AcceptLink(link=proposed.id, round=3), acme.sales_lead)
    assert acme.org.whys[waiting].because == "it lasts"


def test_a_retired_why_keeps_its_links_and_is_changed_no_more(acme: Acme) -> None:
    why = publish(acme)
    acme.do(c.RetireWhy(why=why.id, reason="done"))
    assert acme.org.whys[why.id].state is WhyState.RETIRED
    assert acme.org.parents(why.id)
    assert acme.refused(c.RetireWhy(why=why.id, reason="x")).code is ErrorCode.STATE_NOT_ALLOWED


def test_bad_words_and_audiences_are_refused_where_they_stand(acme: Acme) -> None:
    def why(statement: str = "s", because: str = "b", audience: list[Id] | None = None) -> c.PublishWhy:
        return c.PublishWhy(statement=statement, because=because, audience=[acme.web] if audience is None else audience)

    for command, code, path in [
        (why(statement=" "), ErrorCode.INVALID, ["statement"]),
        (why(statement="x" * 10_001), ErrorCode.INVALID, ["statement"]),
        (why(because="a\x00b"), ErrorCode.INVALID, ["because"]),
        (why(audience=[]), ErrorCode.INVALID, ["audience"]),
        (why(audience=[acme.web, "unit_x"]), ErrorCode.NOT_FOUND, ["audience", "1"]),
        (why(audience=[acme.purpose]), ErrorCode.INVALID, ["audience", "0"]),
    ]:
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (code, path)


def test_a_why_without_a_title_takes_the_beginning_of_its_statement(acme: Acme) -> None:
    facts = acme.do(c.PublishWhy(statement="word " * 40, because="b", audience=[acme.web])).facts
    assert isinstance(facts[0].payload, WhyPublished)
    assert len(facts[0].payload.why.title) <= 81
    assert facts[0].payload.why.title.endswith("word…")


def test_a_revision_says_what_was_before(acme: Acme) -> None:
    why = publish(acme)
    fact = acme.do(c.ReviseWhy(why=why.id, expected_version=1, statement="Other")).facts[0].payload
    assert isinstance(fact, WhyRevised)
    assert (fact.before, fact.editorial) == (why, False)


def test_a_title_taken_from_the_statement_follows_it_and_a_given_one_stays() -> None:
    acme = Acme()
    taken = acme.id(c.PublishWhy(statement="Grow", because="It pays", audience=[acme.root]))
    given = acme.id(c.PublishWhy(statement="Grow", because="It pays", audience=[acme.root], title="Growth"))
    for why in (taken, given):
        acme.do(c.ReviseWhy(why=why, expected_version=1, statement="Shrink"))
    assert (acme.org.whys[taken].title, acme.org.whys[given].title) == ("Shrink", "Growth")


def test_the_first_purpose_is_published_by_whoever_read_none() -> None:
    bare = World()
    stale = bare.refused(c.PublishPurpose(statement="x", expected_version=1))
    assert (stale.code, stale.path) == (ErrorCode.STALE_VERSION, ["expectedVersion"])
    assert bare.refused(c.RetirePurpose(reason="r")).code is ErrorCode.STATE_NOT_ALLOWED
    bare.do(c.PublishPurpose(statement="x", expected_version=0))


def test_a_retired_purpose_comes_back_in_the_same_words_and_is_served_by_no_why_until_then(acme: Acme) -> None:
    acme.do(c.RetirePurpose(reason="merger"))
    problem = acme.refused(c.PublishWhy(statement="s", because="b", audience=[acme.web]))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["serves"])
    assert "Publish it first" in problem.message
    assert acme.do(c.PublishPurpose(statement="Nobody works without knowing why")).facts
    publish(acme)


def test_a_why_serves_no_objective(acme: Acme) -> None:
    serves = acme.objective(acme.web)
    problem = acme.refused(c.PublishWhy(statement="s", because="b", audience=[acme.web], serves=serves))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["serves"])
    assert "the purpose or another why" in problem.message


def test_who_leads_one_unit_speaks_for_it_and_who_leads_several_says_for_which(acme: Acme) -> None:
    several = acme.person(RoleGrant(R.LEAD, acme.sales), RoleGrant(R.LEAD, acme.web))
    for actor in (several, acme.web_member):
        problem = acme.refused(c.PublishWhy(statement="s", because="b", audience=[acme.web]), actor)
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["unit"])
    assert publish(acme, acme.tech_lead).unit == acme.tech


@pytest.mark.parametrize(
    ("statement", "title"),
    [
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 80 + "…"),
        (f"{'one two, ' * 8}three four", f"{'one two, ' * 7}one two, three…"),
        ("Grow\nslowly", "Grow"),
    ],
    ids=["as long as fits", "one word", "cut at a word", "first line"],
)
def test_a_title_is_as_much_of_the_first_line_as_fits(acme: Acme, statement: str, title: str) -> None:
    why = acme.id(c.PublishWhy(statement=statement, because="b", audience=[acme.web]))
    assert acme.org.whys[why].title == title


# -- revisions ---------------------------------------------------------------------------------------------------------


def test_a_why_that_says_the_same_again_tells_nobody_anything(acme: Acme) -> None:
    why = publish(acme)
    acme.later(days=1)
    same = c.ReviseWhy(
        why=why.id, expected_version=1, statement=why.statement, because=why.because, audience=why.audience
    )
    assert acme.do(same).facts == acme.do(c.ReviseWhy(why=why.id, expected_version=1)).facts == []


def test_a_why_that_serves_nothing_any_more_may_still_be_revised(acme: Acme) -> None:
    why = publish(acme, acme.sales_lead).id
    acme.do(c.WithdrawLink(link=acme.org.parents(why, LinkState.PROPOSED)[0].id, reason="r"), acme.sales_lead)
    facts = acme.do(c.ReviseWhy(why=why, expected_version=1, because="it grows"), acme.sales_lead).facts
    assert [type(fact.payload) for fact in facts] == [WhyRevised]
    assert acme.org.whys[why].because == "it grows"


@pytest.mark.parametrize("old", [False, True])
def test_only_another_statement_tells_a_unit_anew_that_was_told_before(acme: Acme, old: bool) -> None:
    """Also of a why of old events, which do not say when each unit was told."""
    why, first = publish(acme), acme.now
    if old:
        acme.org.begin()
        acme.org.put(replace(why, told={}))
        acme.org.commit()
    acme.later(days=2)
    acme.do(c.ReviseWhy(why=why.id, expected_version=1, audience=[acme.sales, acme.tech]))
    assert acme.org.whys[why.id].told == {acme.sales: first, acme.tech: acme.now}
    acme.later(days=2)
    acme.do(c.ReviseWhy(why=why.id, expected_version=1, statement="Keep buyers"))
    assert acme.org.whys[why.id].told == {acme.sales: acme.now, acme.tech: acme.now}


# -- successors --------------------------------------------------------------------------------------------------------


def retired(acme: Acme, audience: list[Id], successor: Id, actor: Id | None = None) -> list[WhyRevised]:
    old = acme.id(c.PublishWhy(statement="old", because="b", audience=audience))
    acme.later(days=1)
    decision = acme.do(c.RetireWhy(why=old, reason="r", successor=successor), actor)
    return [fact.payload for fact in decision.facts if isinstance(fact.payload, WhyRevised)]


def test_units_that_hear_of_the_successor_only_now_are_told_it_now(acme: Acme) -> None:
    heard, first = publish(acme), acme.now
    (revised,) = retired(acme, [acme.sales, acme.web], heard.id)
    assert revised.editorial
    assert (revised.why.audience, revised.why.told) == (
        [acme.sales, acme.web],
        {acme.sales: first, acme.web: acme.now},
    )


def test_a_successor_that_all_have_heard_stays_as_it_is(acme: Acme) -> None:
    heard = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech]))
    assert retired(acme, [acme.tech, acme.web], heard) == []


def test_units_that_were_closed_or_speak_the_successor_themselves_are_not_told_it(acme: Acme) -> None:
    heard = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.sales))
    assert retired(acme, [acme.sales], heard) == []
    old = acme.id(c.PublishWhy(statement="old", because="b", audience=[acme.tech]))
    acme.org.begin()
    acme.org.put(replace(acme.org.units[acme.tech], closed=True))
    acme.org.commit()
    decision = acme.do(c.RetireWhy(why=old, reason="r", successor=heard))
    assert [type(fact.payload) for fact in decision.facts] == [WhyRetired]


def test_a_successor_is_changed_by_who_may_publish_it(acme: Acme) -> None:
    theirs = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web], unit=acme.sales))
    own = acme.id(c.PublishWhy(statement="t", because="b", audience=[acme.web], unit=acme.tech))
    problem = acme.refused(c.RetireWhy(why=own, reason="r", successor=theirs), acme.tech_lead)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["successor"])
    acme.do(c.RetireWhy(why=own, reason="r", successor=theirs), acme.executive)
