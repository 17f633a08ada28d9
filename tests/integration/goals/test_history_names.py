"""The history on a real database: names are looked up when it is read, and are forgotten with the person."""

from __future__ import annotations

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from services.goals.history import pages
from tests.integration.goals.office import Office


async def summaries(office: Office, subject: str) -> list[str]:
    return [each.summary for each in (await pages.page(office.pool, office.id, subject, 2**62, 50)).entries]


async def test_people_units_and_goals_are_named_as_they_are_called_now(office: Office) -> None:
    sales, _ = await office.unit("sales")
    member = c.AddPerson(name="Grace Hopper", subject="grace", roles=[RoleGrant(R.MEMBER, sales)])
    person = await office.do(member)
    one, two = await office.objective(title="Old"), await office.objective(title="Two")
    await office.objective(title="Child", link_to=c.LinkTarget(parent=one, because="It helps"))
    await office.do(c.UpdateObjective(objective=one, accountable=person, owners=[office.root, sales]))
    (link,) = [each.subject for each in await office.events() if each.type == "link.accepted"]
    await office.do(c.UpdateObjective(objective=one, title="New"))
    await office.do(c.CloseObjective(objective=one, grade=1, note="Done", successor=two))
    assert "Objective changed: owners Acme → Acme, sales; accountable nothing → Grace Hopper" in await summaries(
        office, one
    )
    assert "Link moved: parent “New” → “Two”" in await summaries(office, link)


async def test_who_was_erased_is_a_former_member(office: Office) -> None:
    person = await office.do(c.AddPerson(name="Grace Hopper", subject="grace", roles=[RoleGrant(R.VIEWER)]))
    one = await office.objective(accountable=person)
    await office.do(c.UpdateObjective(objective=one, clear=["accountable"]))
    assert "accountable Grace Hopper → nothing" in (await summaries(office, one))[0]
    await office.pool.execute("DELETE FROM names WHERE organization = $1 AND person = $2", office.id, person)
    assert "accountable a former member → nothing" in (await summaries(office, one))[0]
