"""A person is erased: no database of the three services has their name, address or login, and no gateway shows them."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.integration.gateway.conftest import Stage
from tests.support.database_walk import places_of
from tests.support.services import Person

NAME, EMAIL, SUBJECT = "Zebulon Quixworth", "zebulon.quixworth@quix.example", "zq-7731-login"
TEXTS = (NAME, EMAIL, SUBJECT)
PLAN = f"""Row ID,Type,Title,Parent,Owner,Audience Units,{NAME}
O1,objective,Answer the phone,,{NAME},,x
O2,objective,Open on Saturdays,,{EMAIL},,x
W1,why,Customers come first,,,{EMAIL},x
K1,key_result,Calls answered,O1,Zebulon Quixworth,,x
"""
PERSON = """query($id: ID!) { node(id: $id) { ... on Person { name email erased roles { role }
    history { nodes { summary by { name } } } } } }"""


async def everywhere(stage: Stage) -> set[str]:
    """Where one of the texts stands, in the databases of all services."""
    found = set()
    for name, url in stage.services.databases.items():
        found |= {f"{name}.{place}" for place in await places_of(url, TEXTS)}
    return found


def plan_of(name: str = "plan.csv") -> dict[str, Any]:
    return {"fileName": name, "content": PLAN}


async def imported(ada: Person, key: str, **more: Any) -> dict[str, Any]:
    return await ada.do("goals", "ImportPlan", key, **plan_of(), **more)


async def who_worked_here(ada: Person) -> str:
    """Somebody who did something in every service, and of whom a file speaks; their id."""
    root = (await ada.goals()).info.root  # type: ignore[union-attr]
    roles = [{"role": "LEAD", "unit": root}, {"role": "EXECUTIVE"}, {"role": "ADMIN"}]
    added = await ada.do("goals", "AddPerson", "add", name="Zeb", subject="zeb", email="zeb@quix.example", roles=roles)
    id = str(added["ids"][0])
    await ada.do("goals", "UpdatePerson", "update", person=id, name=NAME, email=EMAIL, subject=SUBJECT)
    zebulon = Person(ada.services, ada.organization, SUBJECT)
    purpose = await zebulon.do("goals", "PublishPurpose", "purpose", statement="Be useful")
    await zebulon.do("goals", "AskQuestion", "ask", about=purpose["ids"][0], body="Why?", unit=root)
    await zebulon.do("notifications", "AddWebhook", "webhook", url="http://127.0.0.1:9/hook")
    await imported(ada, "import", columns=[{"heading": NAME, "column": ""}])
    return id


async def test_after_an_erasure_no_table_of_any_service_has_the_name_the_address_or_the_login(stage: Stage) -> None:
    ada = await stage.services.organization()
    for name in ("alignment", "notifications"):
        await stage.services.start(name)
    person = await who_worked_here(ada)
    before = await everywhere(stage)
    assert {"goals.names.name", "goals.names.email", "goals.names.subject", "goals.answers.actor"} <= before
    assert "goals.import_words.words" in before
    await ada.do("goals", "RemovePerson", "remove", person=person)
    erased = await ada.do("goals", "ErasePerson", "erase", person=person)
    assert await everywhere(stage) == set()
    assert await ada.do("goals", "ErasePerson", "erase", person=person) == erased
    # The file comes again, and names them as an owner: it brings nobody back. Its answer quotes a heading of it.
    again = await imported(ada, "again")
    assert (again["report"]["created"], again["report"]["newUnits"]) == (0, [])
    assert await everywhere(stage) == {"goals.answers.answer"}


async def test_every_gateway_forgets_who_was_erased_at_once(stage: Stage) -> None:
    ada = await stage.services.organization()
    await stage.services.start("alignment")
    added = await ada.do("goals", "AddPerson", name=NAME, subject=SUBJECT, email=EMAIL, roles=[{"role": "EXECUTIVE"}])
    person = added["ids"][0]
    zebulon = Person(ada.services, ada.organization, SUBJECT)
    purpose = (await zebulon.do("goals", "PublishPurpose", statement="Be useful"))["ids"][0]
    async with stage.gateway() as one, stage.gateway() as other:
        here, there = stage.client(one, ada), stage.client(other, ada)
        for client in (here, there):
            await client.until(PERSON, lambda data: data["node"]["name"] == NAME, id=person)
        still = await here.refused("erasePerson", {"person": person})
        assert (still["code"], "removePerson" in still["message"]) == ("STATE_NOT_ALLOWED", True)
        await here.do("removePerson", "revision", {"person": person})
        tried = await here.do(
            "erasePerson", "person { name erased } warnings { message }", {"person": person, "dryRun": True}
        )
        assert tried["person"] == {"name": NAME, "erased": False}
        assert "cannot be undone" in tried["warnings"][0]["message"]
        done = await here.do("erasePerson", "person { name email erased } warnings { message }", {"person": person})
        gone = {"name": "A person who was erased", "email": None, "erased": True}
        assert done["person"] == gone
        told = await there.until(PERSON, lambda data: data["node"]["erased"], id=person)
        assert gone.items() <= told["node"].items()
        assert told["node"]["history"]["nodes"][0]["summary"] == "A person was erased"
        by = "query($id: ID!) { node(id: $id) { ... on Purpose { history { nodes { summary by { name } } } } } }"
        for client in (here, there):
            data = await client.ask(by, id=purpose)
            assert data["node"]["history"]["nodes"][0]["by"] == {"name": "A person who was erased"}
            assert not any(text in str(data) for text in TEXTS)


async def test_a_gateway_that_starts_after_the_erasure_knows_no_name(stage: Stage) -> None:
    ada = await stage.services.organization()
    added = await ada.do("goals", "AddPerson", name=NAME, subject=SUBJECT, roles=[{"role": "VIEWER"}])
    person = added["ids"][0]
    await ada.do("goals", "RemovePerson", person=person)
    await asyncio.gather(*(ada.do("goals", "ErasePerson", person=person) for _ in range(3)))
    async with stage.gateway() as url:
        data = await stage.client(url, ada).ask(PERSON, id=person)
        assert data["node"]["name"] == "A person who was erased"
        assert [each["summary"] for each in data["node"]["history"]["nodes"]].count("A person was erased") == 1
