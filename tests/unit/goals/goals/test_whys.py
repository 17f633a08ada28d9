"""The purpose and the whys: versions move with the meaning, and the because is said twice alike."""

from __future__ import annotations

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, Why
from goldenthread.contracts.enums import LinkState, PurposeState, WhyState
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import PurposePublished, PurposeRevised, WhyPublished, WhyRevised
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
    assert acme.refused(forbidden, acme.tech_lead).code is ErrorCode.FORBIDDEN


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
