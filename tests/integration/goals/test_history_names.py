"""The history on a real database: names are looked up when it is read, and are forgotten with the person."""

from __future__ import annotations

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from services.goals.history import pages
from tests.integration.goals.goals_harness import GoalsHarness


async def summaries(harness: GoalsHarness, subject: str) -> list[str]:
    return [each.summary for each in (await pages.page(harness.pool, harness.id, subject, 2**62, 50)).entries]


async def test_people_units_and_goals_are_named_as_they_are_called_now(harness: GoalsHarness) -> None:
    sales, _ = await harness.unit("sales")
    member = c.AddPerson(name="Grace Hopper", subject="grace", roles=[RoleGrant(R.MEMBER, sales)])
    person = await harness.do(member)
    one, two = await harness.objective(title="Old"), await harness.objective(title="Two")
    await harness.objective(title="Child", link_to=c.LinkTarget(parent=one, because="It helps"))
    await harness.do(c.UpdateObjective(objective=one, accountable=person, owners=[harness.root, sales]))
    (link,) = [each.subject for each in await harness.events() if each.type == "link.accepted"]
    await harness.do(c.UpdateObjective(objective=one, title="New"))
    await harness.do(c.CloseObjective(objective=one, grade=1, note="Done", successor=two))
    assert "Objective changed: owners Acme → Acme, sales; accountable nothing → Grace Hopper" in await summaries(
        harness, one
    )
    assert "Link moved: parent “New” → “Two”" in await summaries(harness, link)


async def test_who_was_erased_is_a_former_member(harness: GoalsHarness) -> None:
    person = await harness.do(c.AddPerson(name="Grace Hopper", subject="grace", roles=[RoleGrant(R.VIEWER)]))
    one = await harness.objective(accountable=person)
    await harness.do(c.UpdateObjective(objective=one, clear=["accountable"]))
    assert "accountable Grace Hopper → nothing" in (await summaries(harness, one))[0]
    await harness.pool.execute("DELETE FROM names WHERE organization = $1 AND person = $2", harness.id, person)
    assert "accountable a former member → nothing" in (await summaries(harness, one))[0]
