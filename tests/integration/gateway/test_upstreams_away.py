"""A neighbour that hangs or is away takes nobody's time: the gateway shows what it has, and says what it has not."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any

from tests.integration.gateway.conftest import Stage
from tests.support.asgi_server import eventually
from tests.support.graphql_client import Client
from tests.support.hanging_server import hanging_server
from tests.support.services import Person

PURPOSE = "purpose { alignment { state upToDate aloud } } revision upToDate impact { orphanedCount }"
SHOWN = "{ myTurn { nodes { kind } } objectives { totalCount } purpose { alignment { state upToDate } } }"
CHANGES = "subscription { alignmentChanged { revision node { id } alignment { state } } }"
ORPHANS = "{ objectives(filter: {alignment: [ORPHANED]}) { totalCount } }"


async def published(client: Client, statement: str = "Be useful") -> dict[str, Any]:
    return await client.do("publishPurpose", PURPOSE, {"statement": statement})


async def timed(answer: Awaitable[Any]) -> float:
    began = time.monotonic()
    await answer
    return time.monotonic() - began


def usual(waits: list[float]) -> float:
    """The middle one: of a busy machine any single one says little."""
    return sorted(waits)[(len(waits) - 1) // 2]


async def root(ada: Person) -> str:
    info = (await ada.goals()).info
    assert info is not None
    return info.root


async def judged(client: Client) -> dict[str, Any]:
    return await client.until(SHOWN, lambda data: data["purpose"] and data["purpose"]["alignment"]["upToDate"])


async def test_a_fresh_gateway_beside_an_alignment_that_hangs_does_everything_but_judge(stage: Stage) -> None:
    ada = await stage.services.organization()
    async with hanging_server(stage.ports["alignment"]) as alignment, stage.gateway() as url:
        client = stage.client(url, ada)
        first = await published(client)
        verdict = first["purpose"]["alignment"]
        assert (verdict["state"], verdict["upToDate"]) == ("NOT_JUDGED", False)
        assert "alignment has not said" in verdict["aloud"]
        assert (first["upToDate"], first["impact"], first["revision"] > 0) == (False, None, True)
        assert usual([await timed(published(client, f"Be useful {n}")) for n in range(5)]) < 1.5
        shown = await client.ask(SHOWN)
        assert shown["purpose"]["alignment"] == {"state": "NOT_JUDGED", "upToDate": False}
        (error,) = (await client.post(ORPHANS)).json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert alignment.asked


async def test_an_alignment_that_begins_to_hang_costs_a_few_deadlines_and_then_nothing(stage: Stage) -> None:
    ada = await stage.services.organization()
    await stage.services.start("alignment")
    async with stage.gateway() as url:
        client = stage.client(url, ada)

        async def up_to_date() -> bool:
            return bool((await published(client))["upToDate"])

        await eventually(up_to_date)
        await stage.services.stop("alignment")
        async with hanging_server(stage.ports["alignment"]):
            waits = [await timed(published(client, f"Be useful {n}")) for n in range(8)]
            assert sum(waits) < 10, waits
            assert usual(waits[4:]) < 1, waits
            tried = {"reason": "old", "dryRun": True}
            for _ in range(2):
                assert await timed(client.refused("retirePurpose", tried)) < 7.5  # one deadline, and not two
            assert usual([await timed(client.refused("retirePurpose", tried)) for _ in range(3)]) < 1
        await stage.services.start("alignment")
        await judged(client)
        await eventually(up_to_date)


async def test_once_alignment_answers_verdicts_come_and_subscribers_hear_what_turned_since(stage: Stage) -> None:
    ada = await stage.services.organization()
    await stage.services.start("alignment")
    await ada.do("goals", "PublishPurpose", statement="Be useful")
    async with stage.gateway() as url:
        await judged(stage.client(url, ada))
    await stage.services.stop("alignment")
    async with AsyncExitStack() as silent, stage.gateway() as url:
        await silent.enter_async_context(hanging_server(stage.ports["alignment"]))
        client = stage.client(url, ada)
        async with client.subscribed(CHANGES) as heard:
            input = {"title": "Sell", "owners": [await root(ada)]}
            made = await client.do("createObjective", "objective { id } upToDate", input)
            assert made["upToDate"] is False
            await silent.aclose()
            await stage.services.start("alignment")
            told = await heard.next()  # and not of the purpose, which turned before
        assert (told["node"]["id"], told["alignment"]["state"]) == (made["objective"]["id"], "ORPHANED")
        assert (await judged(client))["purpose"]["alignment"]["state"] == "ALIGNED"
        assert (await client.ask(ORPHANS))["objectives"]["totalCount"] == 1


async def test_ready_says_what_is_missed_and_turns_with_it(stage: Stage) -> None:
    ada = await stage.services.organization()
    async with stage.gateway() as url:
        http = stage.services.http

        async def ready() -> tuple[int, dict[str, Any]]:
            answer = await http.get(f"{url}/ready")
            return answer.status_code, answer.json()

        async def is_ready() -> bool:
            return (await ready())[0] == 200

        async def misses_two() -> bool:
            return set((await ready())[1].get("degraded", {})) == {"alignment", "notifications"}

        await eventually(is_ready)
        await eventually(misses_two)
        await stage.services.stop("goals")

        async def is_not_ready() -> bool:
            return (await ready())[0] == 503

        await eventually(is_not_ready)
        assert "no organization is in memory" in (await ready())[1]["checks"]["organizations"]
        assert (await http.get(f"{url}/live")).status_code == 200
        await stage.services.start("goals")
        await eventually(is_ready)
        await published(stage.client(url, ada))
        await stage.services.stop("goals")

        async def misses_goals() -> bool:
            return "goals" in (await ready())[1].get("degraded", {})

        await eventually(misses_goals)
        assert await is_ready()  # what is in memory is shown
        await stage.client(url, ada).ask(SHOWN)
