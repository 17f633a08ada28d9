"""A why for thousands of units: told at once, and answered at a cost that does not grow with them."""

from __future__ import annotations

import msgspec
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, OrgUnit
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.events.goals import UnitCreated
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.outbox import store as outbox
from services.goals import facts_to_events
from services.goals.domain.decision import Fact
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import entities_store
from tests.integration.goals.goals_harness import GoalsHarness

UNITS = 5_000


async def grown(harness: GoalsHarness, wide: int) -> list[Id]:
    """5,000 more units, `wide` of them below the root and the others below these; all, from the top."""
    units = [f"unit_{index:032x}" for index in range(UNITS)]
    above = [harness.root if index < wide else units[index % wide] for index in range(UNITS)]
    made = [OrgUnit(id, id, UnitFunction.BUSINESS, parent) for id, parent in zip(units, above, strict=True)]
    async with harness.pool.acquire() as connection, connection.transaction():
        head = StreamPosition(*(await entities_store.lock(connection, harness.id) or (0, None)))
        facts = [Fact(unit.id, UnitCreated(unit)) for unit in made]
        await outbox.append(
            connection,
            harness.id,
            facts_to_events.events(facts, head, facts_to_events.Origin(harness.id, None, harness.now)),
        )
        await entities_store.put_entities(connection, harness.id, made)
    return units


async def decided(harness: GoalsHarness, command: c.AnyCommand) -> Accepted:
    return await harness.goals.command(
        ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, command)
    )


async def debts(harness: GoalsHarness) -> int:
    counted: int = await harness.pool.fetchval(
        "SELECT count(*) FROM timers WHERE organization = $1 AND kind = 'ANSWER'", harness.id
    )
    return counted


@pytest.mark.parametrize(("wide", "told"), [(70, 1), (UNITS, 1), (70, 1_000)])
async def test_a_why_for_five_thousand_units_is_told_at_once_and_an_answer_touches_the_next_level_only(
    harness: GoalsHarness, wide: int, told: int
) -> None:
    units = await grown(harness, wide)
    await harness.do(c.PublishPurpose(statement="Be useful"))
    audience = [harness.root] if told == 1 else units[:told]
    publish = c.PublishWhy(statement="Be fast", because="It helps", audience=audience)
    published = await decided(harness, publish)
    owed = await debts(harness)
    assert owed == (wide if told == 1 else told)
    answer = l.AnswerWhy(why=published.ids[0], version=1, unit=units[0], statement="We will")
    answered = await decided(harness, answer)
    below = sum(index % wide == 0 for index in range(wide, UNITS))
    owes_anyway = sum(index % wide == 0 for index in range(wide, told))
    assert await debts(harness) == owed - 1 + below - owes_anyway
    assert len(answered.events) == 1
    assert len(msgspec.json.encode(answered.events)) < 2_000, "an answer does not carry whom the why was told"
