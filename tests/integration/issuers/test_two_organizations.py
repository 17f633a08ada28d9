"""Two organizations on one installation, whose people sign in at two issuers: each reads and changes only its own."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.integration.issuers.conftest import TwoIssuers
from tests.support.asgi_server import eventually
from tests.support.graphql_client import TRANSPORT, Client

pytestmark = pytest.mark.slow

WHO = "{ organization { id } viewer { person { name } } purpose { statement } }"
CHANGES = "subscription { goalTreeChanged { changed { title } } }"


def extensions(answer: httpx.Response) -> dict[str, Any]:
    """Those of the first error of a request that was not executed."""
    assert "data" not in answer.json(), answer.text
    return dict(answer.json()["errors"][0]["extensions"])


async def publish(client: Client, statement: str, **more: Any) -> str:
    made = await client.do("publishPurpose", "purpose { statement }", {"statement": statement, **more})
    return str(made["purpose"]["statement"])


async def closed_with(client: Client) -> tuple[int, str]:
    """With which code and reason a socket is closed that shows this client's token."""
    async with connect(client.url.replace("http", "ws", 1), subprotocols=[TRANSPORT]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": client.headers()}))
        with pytest.raises(ConnectionClosed) as raised:
            await asyncio.wait_for(socket.recv(), 20)
    assert raised.value.rcvd is not None
    return raised.value.rcvd.code, raised.value.rcvd.reason


async def test_an_issuer_that_is_away_delays_nobody_of_the_other_one(two: TwoIssuers) -> None:
    await two.customer.stop()
    started = asyncio.get_running_loop().time()
    away = two.customers_ada("south people")
    late = [asyncio.create_task(away.post(WHO)) for _ in range(10)]
    for _ in range(10):
        assert (await two.own_ada().ask(WHO))["organization"]["id"] == two.north
    assert asyncio.get_running_loop().time() - started < 20
    for each in await asyncio.gather(*late):
        assert (each.status_code, extensions(each)["code"]) == (503, "UNAVAILABLE")
    assert (await two.own_ada().post(WHO, headers={"Authorization": "Bearer x.eyJpc3MiOiJ4In0.x"})).status_code == 401
    await two.customer.start()
    await away.until(WHO, lambda data: data["organization"]["id"] == two.south)


async def test_each_reads_and_changes_only_its_own_organization(answering: TwoIssuers) -> None:
    two = answering
    north, south = two.own_ada(), two.customers_ada("south people")
    await asyncio.gather(publish(north, "Trains for the north."), publish(south, "Boats for the south."))
    for client, organization, statement in (
        (north, two.north, "Trains for the north."),
        (south, two.south, "Boats for the south."),
    ):
        found = await client.ask(WHO)
        assert found["organization"]["id"] == organization
        assert (found["viewer"]["person"]["name"], found["purpose"]["statement"]) == ("Ada", statement)


async def test_the_same_subject_and_address_at_the_other_issuer_is_nobody(answering: TwoIssuers) -> None:
    two = answering
    for stranger in (
        two.own_ada(two.south),
        two.customers_ada("north people"),
        two.customers_ada("north people", "south people", chosen=two.north),
    ):
        answer = await stranger.post(WHO)
        assert (answer.status_code, extensions(answer)["code"]) == (403, "FORBIDDEN")
        assert "nobody's here" in answer.text
        assert (await closed_with(stranger))[0] == 4403
        body = {"type": "PublishPurpose", "statement": "Not mine."}
        for process in ("goals", "notifications"):
            decided = await two.own_ada().http.post(
                f"{two.url(process)}/v1/commands", json=body, headers=stranger.headers()
            )
            assert decided.status_code in (400, 403), decided.text
    assert (await two.own_ada().ask(WHO))["purpose"] != {"statement": "Not mine."}


async def test_an_organization_that_the_token_is_not_for_cannot_be_chosen(answering: TwoIssuers) -> None:
    two = answering
    for client in (
        two.own_ada(chosen=two.south),
        two.customers_ada("south people", chosen=two.north),
        two.customers_ada("south people", chosen="org_none"),
        two.customers_ada("somebody else's people"),
        two.customers_ada(),
    ):
        answer = await client.post(WHO)
        assert (answer.status_code, extensions(answer)["code"]) == (403, "FORBIDDEN")
        assert (await closed_with(client))[0] == 4403


async def test_without_a_choice_an_error_names_the_organizations_of_the_token_and_no_others(
    answering: TwoIssuers,
) -> None:
    two = answering
    both = two.customers_ada("north people", "south people", "others")
    answer = await both.post(WHO)
    wanted = {"code": "ORGANIZATION_REQUIRED", "organizations": [two.north, two.south]}
    assert (answer.status_code, extensions(answer)) == (400, wanted)
    code, reason = await closed_with(both)
    assert (code, reason.startswith("Choose an organization")) == (4403, True)
    chosen = two.customers_ada("north people", "south people", chosen=two.south)
    assert (await chosen.ask(WHO))["organization"]["id"] == two.south
    assert (await chosen.ask("{ webhooks { id } }"))["webhooks"] == []


async def test_one_login_in_two_organizations_acts_in_the_chosen_one_by_post_and_on_sockets(
    answering: TwoIssuers,
) -> None:
    two = answering
    ada = {
        "name": "Ada of the customer",
        "subject": "ada",
        "issuer": two.customer.url,
        "roles": [{"role": "EXECUTIVE"}],
    }
    await two.own_ada().do("addPerson", "person { id }", ada)
    north, south = (
        two.customers_ada("north people", "south people", chosen=chosen) for chosen in (two.north, two.south)
    )
    key = {"idempotencyKey": "the same in both"}
    async with north.subscribed(CHANGES) as in_north, south.subscribed(CHANGES) as in_south:
        assert await publish(north, "To the north.", **key) == "To the north."
        assert await publish(south, "To the south.", **key) == "To the south."
        assert (await in_north.next())["changed"] == [{"title": "To the north."}]
        assert (await in_south.next())["changed"] == [{"title": "To the south."}]
    assert (await two.own_ada().ask(WHO))["purpose"]["statement"] == "To the north."


async def test_a_token_of_fifteen_thousand_characters_goes_all_the_way(answering: TwoIssuers) -> None:
    large = answering.customers_ada("south people", *(f"group {each:025}" for each in range(320)))
    assert large.token is not None
    assert 14_500 < len(large.token) < 16_000
    assert await publish(large, "Said with a large token.") == "Said with a large token."
    async with large.subscribed(CHANGES):
        pass


async def test_a_service_and_an_administrator_are_only_whom_their_issuer_may_name(answering: TwoIssuers) -> None:
    two = answering
    http, heads = two.own_ada().http, f"{two.url('goals')}/v1/heads"
    mine = {"Authorization": f"Bearer {two.own.service_token()}"}
    assert (await http.get(heads, headers=mine)).status_code == 200
    theirs = two.customers_ada("south people", goldenthread_service="goldenthread-gateway")
    assert (await http.get(heads, headers=theirs.headers())).status_code == 403
    listing = f"{two.url('gateway')}/organizations"
    operator = two.client(two.customer.token("operator", groups=["operators"]))
    assert (await http.get(listing, headers=operator.headers())).status_code == 200
    assert (await http.get(listing, headers=two.own_ada().headers())).status_code == 403
    assert extensions(await operator.post(WHO))["code"] == "FORBIDDEN"


async def test_a_key_that_was_exchanged_is_taken_and_the_one_before_is_not_also_of_a_remembered_token(
    answering: TwoIssuers,
) -> None:
    two = answering
    old = two.customers_ada("south people")
    assert (await old.ask(WHO))["organization"]["id"] == two.south
    two.customer.rotate()
    new = two.customers_ada("south people")

    async def taken() -> bool:
        return (await new.post(WHO)).status_code == 200

    await eventually(taken, 40)  # an issuer is asked again one second after the last time
    answer = await old.post(WHO)
    assert (answer.status_code, extensions(answer)["code"]) == (401, "UNAUTHENTICATED")
    assert (await two.own_ada().ask(WHO))["organization"]["id"] == two.north
