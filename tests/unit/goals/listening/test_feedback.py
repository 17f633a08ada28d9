"""What customers say: kept, linked to goals sooner or later, and answered by units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import CustomerFeedback, Id
from goldenthread.contracts.enums import FeedbackOutcome, Sentiment
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import FeedbackLinked, FeedbackUnlinked
from tests.unit.goals.world import Acme


class Shop(Acme):
    """A goal of Web and one of Sales, and a complaint that nobody has linked yet."""

    def __init__(self) -> None:
        super().__init__()
        self.pages, self.sell = self.objective(self.web, "Fast pages"), self.objective(self.sales, "Sell more")
        self.complaint = self.id(l.RecordFeedback(source="hotline", body=" Too slow "), self.sales_member)

    @property
    def kept(self) -> CustomerFeedback:
        return self.org.feedback[self.complaint]

    def relate(self, add: list[Id], remove: list[Id], actor: Id | None = None) -> list[type]:
        asked = l.LinkFeedback(feedback=self.complaint, add=add, remove=remove)
        return [type(fact.payload) for fact in self.do(asked, actor or self.web_member).facts]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_feedback_is_kept_before_it_is_linked_to_anything(shop: Shop) -> None:
    assert (shop.kept.body, shop.kept.about, shop.kept.recorded_by) == ("Too slow", [], shop.sales_member)
    assert shop.kept.received_at == shop.kept.recorded_at == shop.now


def test_feedback_may_be_about_any_goals_and_keeps_when_it_came(shop: Shop) -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    about = [shop.purpose, shop.pages, shop.pages]
    asked = l.RecordFeedback(source="s", body="b", sentiment=Sentiment.NEGATIVE, received_at=at, about=about)
    kept = shop.org.feedback[shop.id(asked, shop.web_member)]
    assert kept.about == [shop.purpose, shop.pages]
    assert kept.received_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert kept.received_at.tzinfo is UTC
    assert set(shop.org.feedback_about) == {shop.purpose, shop.pages}


@pytest.mark.parametrize(
    "at",
    [datetime(2026, 1, 1), datetime(2030, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))],
)
def test_a_time_without_offset_of_the_future_or_of_no_calendar_is_refused(shop: Shop, at: datetime) -> None:
    problem = shop.refused(l.RecordFeedback(source="s", body="b", received_at=at))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["receivedAt"])


def test_what_is_linked_already_or_not_at_all_changes_nothing(shop: Shop) -> None:
    assert shop.relate([shop.pages, shop.sell], []) == [FeedbackLinked]
    assert shop.relate([shop.sell, shop.pages], [shop.purpose]) == []
    assert shop.relate([shop.purpose, shop.pages], [shop.sell]) == [FeedbackUnlinked, FeedbackLinked]
    assert shop.kept.about == [shop.pages, shop.purpose]
    assert set(shop.org.feedback_about) == {shop.pages, shop.purpose}


def test_refusals_say_where(shop: Shop) -> None:
    refusals: list[tuple[c.AnyCommand, ErrorCode, list[str]]] = [
        (l.RecordFeedback(source=" ", body="b"), ErrorCode.INVALID, ["source"]),
        (l.RecordFeedback(source="s", body=""), ErrorCode.INVALID, ["body"]),
        (l.RecordFeedback(source="s", body="b", about=[shop.pages, "why_x"]), ErrorCode.NOT_FOUND, ["about", "1"]),
        (l.LinkFeedback(feedback=shop.complaint), ErrorCode.INVALID, ["add"]),
        (l.LinkFeedback(feedback="feedback_x", add=[shop.pages]), ErrorCode.NOT_FOUND, ["feedback"]),
        (l.LinkFeedback(feedback=shop.complaint, add=[shop.web]), ErrorCode.INVALID, ["add", "0"]),
        (
            l.LinkFeedback(feedback=shop.complaint, add=[shop.pages], remove=[shop.sell, shop.pages]),
            ErrorCode.INVALID,
            ["remove", "1"],
        ),
    ]
    for command, code, path in refusals:
        problem = shop.refused(command)
        assert (problem.code, problem.path) == (code, path)


def test_many_items_are_kept_at_once_in_the_order_given(shop: Shop) -> None:
    items = [l.FeedbackItem(source="shop", body=str(number), about=[shop.pages]) for number in range(3)]
    decision = shop.do(l.RecordFeedbackItems(items=items), shop.sales_member)
    assert [shop.org.feedback[id].body for id in decision.ids] == ["0", "1", "2"]
    assert len(shop.org.feedback_about[shop.pages]) == 3


def test_of_many_items_all_are_kept_or_none_and_the_refusal_says_which(shop: Shop) -> None:
    good = l.FeedbackItem(source="s", body="b")
    refusals = [
        ([good, l.FeedbackItem(source="s", body=" ")], ErrorCode.INVALID, ["items", "1", "body"]),
        ([good, good, l.FeedbackItem(source="", body="b")], ErrorCode.INVALID, ["items", "2", "source"]),
        ([l.FeedbackItem(source="s", body="b", about=["why_x"])], ErrorCode.NOT_FOUND, ["items", "0", "about", "0"]),
        (
            [good, l.FeedbackItem(source="s", body="b", received_at=datetime(2030, 1, 1, tzinfo=UTC))],
            ErrorCode.INVALID,
            ["items", "1", "receivedAt"],
        ),
        ([], ErrorCode.INVALID, ["items"]),
        ([good] * 1_001, ErrorCode.INVALID, ["items"]),
    ]
    for items, code, path in refusals:
        problem = shop.refused(l.RecordFeedbackItems(items=items))
        assert (problem.code, problem.path) == (code, path)
    assert shop.refused(l.RecordFeedbackItems(items=[good]), shop.viewer).code is ErrorCode.FORBIDDEN


def test_a_unit_responds_and_saying_the_same_again_changes_nothing(shop: Shop) -> None:
    said = l.RespondToFeedback(
        feedback=shop.complaint, unit=shop.web, body="Cached it", outcome=FeedbackOutcome.ACTED_ON
    )
    shop.do(said, shop.web_member)
    assert shop.do(said, shop.tech_lead).facts == []
    other = l.RespondToFeedback(feedback=shop.complaint, unit=shop.sales, body="Heard", outcome=FeedbackOutcome.HEARD)
    shop.do(other, shop.sales_lead)
    assert [(each.unit, each.by) for each in shop.kept.responses] == [
        (shop.web, shop.web_member),
        (shop.sales, shop.sales_lead),
    ]
    assert shop.refused(other, shop.web_member).path == ["unit"]


def test_who_only_looks_records_nothing(shop: Shop) -> None:
    for actor in (shop.viewer, shop.admin):
        assert shop.refused(l.RecordFeedback(source="s", body="b"), actor).code is ErrorCode.FORBIDDEN
