"""Whatever is sent, over HTTP or a socket, is answered in JSON with a code, or closes its socket with one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from gateway.schema.build import make
from tests.support.graphql_client import Client
from tests.unit.gateway.socket_gateway import Gateway, gateway

JSON = {"Content-Type": "application/json"}
VIEWER = "{ viewer { __typename } }"
SEARCH = "query($s: String) { objectives(filter: {search: $s}) { totalCount } }"
LIMITED = "query($n: Int, $s: String, $x: Float) { objectives(first: $n, filter: {search: $s}) { totalCount } }"
END = {"id": "last", "type": "complete"}
CODES = {"INVALID", "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "COST_LIMIT", "RATE_LIMITED", "UNAVAILABLE"}

ODD_JSON = {
    "digits": "9" * 4_301, "exponent": "1e400", "minus": "-1e400", "NaN": "NaN", "infinity": "Infinity",
    "deep": "[" * 100_000 + "]" * 100_000, "nested": "[" * 500 + "]" * 500, "objects": '{"a":' * 500 + "1" + "}" * 500,
    "surrogate": '"\\ud800"', "NUL": '"a\\u0000b"', "twice": '{"a": 1, "a": 2}', "20 digits": "9" * 20,
    "fraction": "0.5", "true": "true", "list": '["x"]', "empty": '""', "number": "5",
}  # fmt: skip
BODIES = {
    "nothing": "", "list": "[]", "number": "5", "null": "null", "text": '"{a}"', "no query": "{}", "half": '{"query":',
    "query 5": '{"query":5}', "query null": '{"query":null}', "empty query": '{"query":""}', "blank": '{"query":"  "}',
    "only a comment": '{"query":"# nothing"}', "NUL": '{"query":"\\u0000"}', "surrogate": '{"query":"{\\ud800}"}',
    "variables 5": '{"query":"{viewer{__typename}}","variables":5}',
    "variables list": '{"query":"{viewer{__typename}}","variables":[]}',
    "operationName 5": '{"query":"{viewer{__typename}}","operationName":5}',
    "operationName unknown": '{"query":"{viewer{__typename}}","operationName":"nope"}',
    "operationName empty": '{"query":"{viewer{__typename}}","operationName":""}',
    "operationName NUL": '{"query":"{viewer{__typename}}","operationName":"\\u0000"}',
    "extensions 5": '{"query":"{viewer{__typename}}","extensions":5}',
    "persisted": '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
    "batch": '[{"query":"{viewer{__typename}}"}]', "fragment": '{"query":"{...nope}"}',
    "digits": '{"query":"{objectives(first:' + "9" * 4_301 + '){totalCount}}"}',
    "float digits": '{"query":"{objectives(first:' + "9" * 4_301 + '.5){totalCount}}"}',
    "exponent": '{"query":"{objectives(first:1e400){totalCount}}"}',
    "id digits": '{"query":"{node(id:' + "9" * 4_301 + '){id}}"}',
    "default digits": '{"query":"query($n:Int=' + "9" * 4_301 + '){objectives(first:$n){totalCount}}"}',
    "escaped surrogate": '{"query":"{node(id:\\"\\\\ud800\\"){id}}"}',
    "id NUL": '{"query":"{node(id:\\"\\\\u0000\\"){id}}"}',
    "not UTF-8": b'{"query":"\xff"}', "Latin-1": '{"query":"é"}'.encode("latin-1"), "UTF-16": VIEWER.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"query":"{viewer{__typename}}"}',
    "subscription": '{"query":"subscription{alertChanged{id}}"}',
    "mutation": '{"query":"mutation{retirePurpose(input:{reason:5}){revision}}"}',
}  # fmt: skip


@pytest.fixture
async def made() -> AsyncIterator[Gateway]:
    async with gateway() as running:
        yield running


async def send(made: Gateway, body: str | bytes, **headers: str) -> httpx.Response:
    """POST `body`; whoever is answered is answered in JSON, and never with a failure of ours."""
    headers = made.client.headers(JSON | headers)
    answer = await made.client.http.post(made.client.url, content=body, headers=headers, timeout=20)
    return checked(answer)


def checked(answer: httpx.Response) -> httpx.Response:
    assert answer.headers["content-type"] == "application/json", answer.text
    assert answer.status_code < 500, answer.text
    found = answer.json()
    for error in found.get("errors", []):
        assert error["message"]
        assert error["extensions"]["code"] in CODES, error
    assert "data" in found or found["errors"]
    assert (answer.status_code == 200) == ("data" in found)
    return answer


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_request_is_answered_400_in_json(made: Gateway, body: str | bytes) -> None:
    answer = await send(made, body)
    harmless = ("extensions" in str(body) and "persisted" not in str(body)) or "node(id" in str(body)
    assert answer.status_code == 400 or harmless
    assert (await send(made, json.dumps({"query": VIEWER}))).status_code == 200


@pytest.mark.parametrize("value", ODD_JSON.values(), ids=ODD_JSON)
@pytest.mark.parametrize("name", ["n", "s", "x", "unknown"])
async def test_odd_variables_are_answered_in_json(made: Gateway, name: str, value: str) -> None:
    query = json.dumps(LIMITED)
    await send(made, f'{{"query": {query}, "variables": {{"{name}": {value}}}}}')


@pytest.mark.parametrize(
    "revision",
    [
        "9" * 5_000,
        "9" * 19,
        "-1",
        "1.5",
        "1e3",
        "",
        "0x1",
        "+1",
        "1 2",
        "٣".encode().decode("latin-1"),
        "³",
        "NaN",
    ],
    ids=ascii,
)
async def test_a_revision_that_is_no_number_of_ours_is_refused(made: Gateway, revision: str) -> None:
    asked = made.client.headers(JSON | {"Golden-Thread-Min-Revision": revision})
    headers = httpx.Headers(asked, encoding="latin-1")
    answer = await made.client.http.post(made.client.url, json={"query": VIEWER}, headers=headers)
    assert checked(answer).status_code == 400
    assert "Golden-Thread-Min-Revision" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/graphql",
     "application/jsonp", "text/json", "application/json; charset=latin-1", "text/plain; application/json"],
)  # fmt: skip
async def test_what_a_foreign_page_could_send_unasked_is_415(made: Gateway, content_type: str) -> None:
    mutation = '{"query":"mutation{retirePurpose(input:{reason:\\"x\\"}){revision}}"}'
    headers = made.client.headers({"Content-Type": content_type} if content_type else {})
    answer = await made.client.http.post(made.client.url, content=mutation.encode(), headers=headers)
    assert checked(answer).status_code == 415
    assert "application/json" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "Application/JSON", 'application/json;charset="utf-8"']
)
async def test_json_may_say_that_it_is_utf_8(made: Gateway, content_type: str) -> None:
    headers = made.client.headers({"Content-Type": content_type})
    answer = await made.client.http.post(made.client.url, content=json.dumps({"query": VIEWER}), headers=headers)
    assert checked(answer).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/graphql?query=mutation{retirePurpose(input:{reason:%22x%22}){revision}}", 405), ("PUT", "/graphql", 405),
     ("DELETE", "/graphql", 405), ("PATCH", "/graphql", 405), ("OPTIONS", "/graphql", 405), ("POST", "/nope", 404),
     ("GET", "/graphql/%00", 404), ("GET", "/", 404)],
)  # fmt: skip
async def test_where_nothing_is_answered_that_is_said_in_json(
    made: Gateway, method: str, path: str, status: int
) -> None:
    url = made.client.url.removesuffix("/graphql") + path
    answer = await made.client.http.request(method, url, headers=made.client.headers())
    assert checked(answer).status_code == status


async def test_a_request_that_is_too_large_is_413(made: Gateway) -> None:
    assert (await send(made, '{"query":"' + " " * (13 * 2**20) + '"}')).status_code == 413


# -- sockets -----------------------------------------------------------------------------------------------------------

MESSAGES = [
    '{"id":[1],"type":"subscribe"}', '{"id":[1],"type":"subscribe","payload":{"query":"{viewer{__typename}}"}}',
    '{"id":{"a":1},"type":"subscribe","payload":{}}', '{"id":5,"type":"subscribe","payload":{}}',
    '{"id":null,"type":"subscribe","payload":{}}', '{"id":"","type":"subscribe","payload":{"query":"{a}"}}',
    '{"id":"1","type":"subscribe"}', '{"id":"1","type":"subscribe","payload":5}', '{"type":"subscribe"}',
    '{"id":"1","type":"subscribe","payload":[]}', '{"id":"1","type":"subscribe","payload":null}', '{"type":5}',
    '{"type":[1]}', '{"type":{}}', '{"type":null}', "{}", "[]", "5", "null", '"x"', "", "not json", '{"type":"nope"}',
    '{"type":"' + "x" * 500 + '"}', '{"type":"é' + "é" * 100 + '"}', '{"type":"\\u0000"}', '{"type":"\\ud800"}',
    '{"type":"complete"}', '{"type":"complete","id":[1]}', '{"type":"complete","id":{}}', "NaN", '{"type":NaN}',
    '{"type":"ping","payload":' + "9" * 4_301 + "}", '{"type":"ping","payload":1e400}', "[" * 100_000,
    '{"id":"' + "x" * 500 + '","type":"subscribe","payload":{"query":"{viewer{__typename}}"}}',
    '{"type":"connection_init"}', '{"type":"connection_init","payload":5}',
]  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=lambda text: text[:60])
async def test_a_message_that_is_not_understood_closes_its_socket_with_a_code_and_a_reason(
    made: Gateway, message: str
) -> None:
    async with made.client.socket() as socket:
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (4400, 4429)
    assert closed.value.rcvd.reason
    assert (await made.client.post(VIEWER)).status_code == 200


@pytest.mark.parametrize(
    "payload",
    [{}, {"query": 5}, {"query": None}, {"query": ["{a}"]}, {"query": ""}, {"query": "{...nope}"}, {"query": "{"},
     {"query": VIEWER, "variables": 5}, {"query": VIEWER, "variables": []}, {"query": VIEWER, "variables": "x"},
     {"query": VIEWER, "operationName": 5}, {"query": VIEWER, "operationName": []}, {"query": VIEWER, "extensions": 5},
     {"query": VIEWER, "operationName": "nope"}, {"query": "{ objectives(first: " + "9" * 4_301 + ") { totalCount } }"},
     {"query": "subscription { nope }"},     {"query": "# nothing"}, {"query": "\x00"},
     {"query": "subscription A{alertChanged{id}} subscription B{alertChanged{id}}"}],
    ids=lambda payload: json.dumps(payload)[:60],
)  # fmt: skip
async def test_an_operation_that_cannot_be_run_is_answered_with_a_code_and_its_socket_goes_on(
    made: Gateway, payload: dict[str, Any]
) -> None:
    async with made.client.socket() as socket:
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        assert (message["id"], message["type"]) == ("1", "error"), message
        assert message["payload"]
        assert all(error["message"] and error["extensions"]["code"] in CODES for error in message["payload"])
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": VIEWER}}))
        assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "next"


async def test_an_operation_that_fails_on_our_side_is_answered_with_a_code_and_its_socket_goes_on(
    made: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any, **named: Any) -> Any:
        raise ValueError("secret")

    async with made.client.socket() as socket:
        with monkeypatch.context() as patch:
            patch.setattr(type(make()), "stream", failing)
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": VIEWER}}))
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
        assert "secret" not in str(message)
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": VIEWER}}))
        assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "next"


# -- anything ----------------------------------------------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
queries = st.one_of(values, st.sampled_from([VIEWER, SEARCH, LIMITED, "{ node(id: $s) { id } }"]))
shapes = st.one_of(
    values,
    st.fixed_dictionaries(
        {},
        optional={
            "query": queries,
            "variables": st.one_of(values, st.dictionaries(st.sampled_from(["s", "n", "x"]), values)),
            "operationName": values,
            "extensions": values,
        },
    ),
)
bodies = st.one_of(st.binary(max_size=80), shapes.map(lambda shape: json.dumps(shape).encode()))
messages = st.one_of(
    st.text(max_size=40),
    values.map(json.dumps),
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.one_of(values, st.just("1")),
            "type": st.one_of(st.sampled_from(["subscribe", "complete", "ping", "pong"]), values),
            "payload": st.one_of(shapes, st.fixed_dictionaries({"query": queries})),
        },
    ).map(json.dumps),
)


@contextmanager
def running_gateway() -> Iterator[tuple[asyncio.AbstractEventLoop, Gateway]]:
    """A gateway and the event loop that it runs on, for tests whose examples are not coroutines."""
    with asyncio.Runner() as runner:
        loop, running = runner.get_loop(), gateway()
        made = loop.run_until_complete(running.__aenter__())
        try:
            yield loop, made
        finally:
            loop.run_until_complete(running.__aexit__(None, None, None))


def test_any_body_at_all_is_answered_in_json_with_a_code() -> None:
    @given(bodies)
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    def each(body: bytes) -> None:
        loop.run_until_complete(send(made, body))

    with running_gateway() as (loop, made):
        each()


async def exchange(client: Client, message: str) -> None:
    """Say one thing on a new socket, then something sensible: it is answered, or the socket was closed with a code."""
    async with client.socket() as socket:
        try:
            await socket.send(message)
            await socket.send(json.dumps({"id": "last", "type": "subscribe", "payload": {"query": VIEWER}}))
            while (heard := json.loads(await asyncio.wait_for(socket.recv(), 30))) != END:
                errors = heard["payload"] if heard["type"] == "error" else []
                assert all(error["extensions"]["code"] in CODES for error in errors), heard
            return
        except ConnectionClosed as closed:
            ended = closed.rcvd
    assert ended is not None
    assert ended.code in (4400, 4401, 4409)
    assert ended.reason


def test_any_message_at_all_is_answered_or_closes_its_socket_with_a_code() -> None:
    @given(messages)
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def each(message: str) -> None:
        loop.run_until_complete(exchange(made.client, message))

    with running_gateway() as (loop, made):
        each()
