"""Bad input at the public edge: a typed, readable error each time, and nothing changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from tests.support.graphql_client import TRANSPORT, Client
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization


@pytest.fixture(autouse=True)
async def nothing_changed(org: StoryOrganization) -> AsyncIterator[None]:
    """Whatever a test sends, the organization's revision stays, except where the test says `changed`."""
    await org.purpose()
    before = await revision(org)
    yield
    assert await revision(org) == before + getattr(org, "wrote", 0)


async def revision(org: StoryOrganization) -> int:
    return int((await org.admin.ask("{ organization { revision } }"))["organization"]["revision"])


async def raw(org: StoryOrganization, body: bytes) -> tuple[int, Any]:
    headers = org.admin.headers({"Content-Type": "application/json"})
    answer = await org.http.post(org.admin.url, content=body, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"[]", "object"),
        (b'{"query": 7}', "query"),
        (b'{"query": "{ organization { id } }", "variables": []}', "variables"),
        (b'{"query": "\xff\xfe"}', "utf-8"),
        (b'{"query": "{ organization { "}', "Syntax"),
        (b'{"query": "{ nobody }"}', "nobody"),
        (b'{"query": "query($id: ID!) { node(id: $id) { id } }"}', "id"),
        (b'{"query": "query A { viewer { roles { role } } } query B { viewer { roles { role } } }"}', "operation"),
        (b'{"query": "subscription { alertChanged { id } }"}', "WebSocket"),
    ],
)
async def test_a_body_that_is_no_request_is_answered_400_with_a_code_and_no_data(
    org: StoryOrganization, body: bytes, word: str
) -> None:
    status, answer = await raw(org, body)
    assert status == 400, answer
    assert "data" not in answer
    assert word.lower() in answer["errors"][0]["message"].lower()
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"


async def test_a_body_beyond_the_limit_is_refused_without_being_parsed(org: StoryOrganization) -> None:
    document = json.dumps({"query": "{ organization { id } }", "variables": {"x": "y" * 13_000_000}})
    status, answer = await raw(org, document.encode())
    assert status == 413
    assert "larger than 12 MiB" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{ purpose " + "{ children { nodes { child " * 20 + "{ id }" + "} } }" * 20 + " }",
        "{ " + " ".join(f"a{n}: organization {{ id }}" for n in range(200)) + " }",
        "{ " + "organization { id } " * 3000 + "}",
    ],
    ids=["deep", "aliases", "tokens"],
)
async def test_a_document_beyond_the_limits_is_refused(org: StoryOrganization, document: str) -> None:
    answer = await org.admin.post(document)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "COST_LIMIT"


async def test_a_page_larger_than_allowed_is_refused_with_what_to_do(org: StoryOrganization) -> None:
    answer = (await org.admin.post("{ units(first: 100000) { nodes { id } } }")).json()
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert "after" in answer["errors"][0]["message"]


def tokens(up: RunningInstance, organization: str) -> dict[str, str | None]:
    """Tokens that must not be trusted, by what is wrong with them."""
    issuer = up.issuer
    good = issuer.person_token("admin", organization)
    header, claims, signature = good.split(".")
    stranger = jwt.encode(
        {"alg": "ES256"},
        {"iss": issuer.url, "aud": issuer.audience, "sub": "admin", "organization": organization, "exp": 2**33},
        ECKey.generate_key("P-256"),
        algorithms=["ES256"],
    )
    secret = jwt.encode(
        {"alg": "HS256"},
        {"iss": issuer.url, "aud": issuer.audience, "sub": "admin", "organization": organization, "exp": 2**33},
        OctKey.import_key("a secret of thirty-two characters"),
        algorithms=["HS256"],
    )
    none = "eyJhbGciOiJub25lIn0." + claims + "."
    return {
        "missing": None,
        "garbage": "garbage",
        "expired": issuer.person_token("admin", organization, timedelta(days=-1)),
        "another key": stranger,
        "a shared secret": secret,
        "alg none": none,
        "a changed claim": f"{header}.{claims[:-4]}AAAA.{signature}",
    }


WRONG = ["missing", "garbage", "expired", "another key", "a shared secret", "alg none", "a changed claim"]


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_token_that_cannot_be_trusted_opens_neither_a_request_nor_a_socket(
    org: StoryOrganization, up: RunningInstance, wrong: str
) -> None:
    client = Client(org.http, org.admin.url, tokens(up, org.id)[wrong])
    answer = await client.post("{ organization { id } }")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    async with connect(client.url.replace("http", "ws", 1), subprotocols=[TRANSPORT]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": client.headers()}))
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_a_token_of_an_organization_that_is_not_there_is_refused(
    org: StoryOrganization, up: RunningInstance
) -> None:
    client = up.client(org.http, "org_0000", "admin")
    answer = await client.post("{ organization { id } }")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_socket_that_subscribes_before_it_said_who_it_is_is_closed(org: StoryOrganization) -> None:
    async with connect(org.admin.url.replace("http", "ws", 1), subprotocols=[TRANSPORT]) as socket:
        payload = {"query": "subscription { alertChanged { id } }"}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize("sent", ["[]", "7", "{}", '{"type": "nonsense"}', "not json"])
async def test_a_socket_that_talks_nonsense_is_closed_and_others_go_on(org: StoryOrganization, sent: str) -> None:
    async with org.admin.subscribed("subscription { goalTreeChanged { revision } }") as other:
        async with org.admin.socket() as socket:
            await socket.send(sent)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)
        await org.objective("Goes on", org.root)
        org.wrote = 2  # type: ignore[attr-defined]
        assert (await other.next())["revision"] > 0


async def test_a_page_of_another_origin_opens_no_socket(org: StoryOrganization) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(
            org.admin.url.replace("http", "ws", 1), subprotocols=[TRANSPORT], origin=Origin("https://elsewhere.example")
        ):
            pass


async def test_ids_of_another_organization_are_not_there_for_queries_subscriptions_and_commands(
    org: StoryOrganization, up: RunningInstance
) -> None:
    stranger = StoryOrganization(up, org.http, await up.new_organization(org.http))
    await stranger.begin()
    theirs = await stranger.objective("Secret", stranger.root)
    data = await org.admin.ask("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", id=theirs)
    assert data == {"node": None, "nodes": [None]}
    mine = await org.objective("Mine", org.root)
    org.wrote = 2  # type: ignore[attr-defined]
    refused = await org.admin.refused("link", {"child": mine, "parent": theirs, "because": "steal"})
    assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["parent"])
    assert (await org.admin.refused("archiveObjective", {"objective": theirs}))["code"] == "NOT_FOUND"
    async with org.admin.subscribed(
        "subscription($root: ID) { goalTreeChanged(root: $root) { revision } }", root=theirs
    ) as changes:
        message = await changes.message()
        assert "NOT_FOUND" in json.dumps(message)
    assert (await stranger.admin.ask("{ objectives { totalCount } }"))["objectives"]["totalCount"] == 1


async def test_a_loop_is_refused_and_shown(org: StoryOrganization) -> None:
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    a, b, c = [await org.objective(title, org.root) for title in "ABC"]
    await org.admin.do("link", "link { id }", {"child": a, "parent": b, "because": "a"})
    await org.admin.do("link", "link { id }", {"child": b, "parent": c, "because": "b"})
    org.wrote = await revision(org) - await baseline(org)  # type: ignore[attr-defined]
    refused = await org.admin.refused("link", {"child": c, "parent": a, "because": "c"})
    assert refused["code"] == "LINK_LOOP"
    assert {node["id"] for node in refused["nodes"]} == {a, b, c}
    itself = await org.admin.refused("link", {"child": a, "parent": a, "because": "me"})
    assert itself["code"] in ("LINK_LOOP", "INVALID")


async def baseline(org: StoryOrganization) -> int:
    """The revision that published the purpose."""
    data = await org.admin.ask("{ purpose { history { nodes { revision } } } }")
    return int(data["purpose"]["history"]["nodes"][0]["revision"])


async def test_of_two_racing_links_that_close_a_loop_one_is_refused(org: StoryOrganization) -> None:
    await org.admin.do("setPolicy", "policy { linkPolicy }", {"linkPolicy": "AUTO_ACCEPT"})
    for _ in range(5):
        a, b = await org.objective("A", org.root), await org.objective("B", org.root)
        there = org.admin.try_("link", "link { id }", {"child": a, "parent": b, "because": "x"})
        back = org.admin.try_("link", "link { id }", {"child": b, "parent": a, "because": "y"})
        answers = await asyncio.gather(there, back)
        assert sorted(len(each["errors"]) for each in answers) == [0, 1]
        assert [each["code"] for answer in answers for each in answer["errors"]] == ["LINK_LOOP"]
    org.wrote = await revision(org) - await baseline(org)  # type: ignore[attr-defined]


async def test_the_same_key_again_is_the_same_answer_and_with_other_input_a_conflict(org: StoryOrganization) -> None:
    input = {"title": "Once", "owners": [org.root], "idempotencyKey": "once"}
    first = await org.admin.do("createObjective", "revision objective { id }", input)
    again = await org.admin.do("createObjective", "revision objective { id }", input)
    assert again == first
    other = await org.admin.refused("createObjective", {**input, "title": "Twice"})
    assert (other["code"], other["path"]) == ("CONFLICT", ["idempotencyKey"])
    org.wrote = 2  # type: ignore[attr-defined]


async def test_a_revision_that_is_not_there_is_waited_for_in_bounds_and_then_said(org: StoryOrganization) -> None:
    answer = await org.admin.post("{ organization { id } }", headers={"Golden-Thread-Min-Revision": "999999"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    wrong = await org.admin.post("{ organization { id } }", headers={"Golden-Thread-Min-Revision": "soon"})
    assert (wrong.status_code, wrong.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID")


async def test_a_browser_gets_the_explorer_and_everything_it_loads(org: StoryOrganization) -> None:
    page = await org.http.get(org.admin.url, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "GraphiQL" not in page.headers.get("location", "")
    base = org.admin.url.removesuffix("/graphql")
    for path in ("page.js", "page.css", "vendor/graphiql.min.js"):
        assert (await org.http.get(f"{base}/graphql/explorer/{path}")).status_code == 200
    plain = await org.http.get(org.admin.url, headers={"Accept": "application/json"})
    assert (plain.status_code, plain.headers["content-type"]) == (405, "application/json")
