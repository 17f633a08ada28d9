"""Subscriptions as the command line hears them, from a server that says what the test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.subscription_client import SubscriptionClient
from goldenthread.contracts.secret import Secret

Talk = Callable[[ServerConnection], None]
heard: list[dict[str, Any]] = []


def hear(socket: ServerConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=10))
    heard.append(message)
    return message


@contextmanager
def server(*messages: dict[str, Any], then: Talk = lambda _: None) -> Iterator[str]:
    """A server that acknowledges, waits for the subscription, says `messages` and stays until the other side goes."""

    def talk(socket: ServerConnection) -> None:
        hear(socket)
        socket.send(json.dumps({"type": "connection_ack"}))
        hear(socket)
        for message in messages:
            socket.send(json.dumps(message))
        then(socket)
        for _ in socket:
            pass

    with running(talk) as url:
        yield url


@contextmanager
def running(talk: Talk) -> Iterator[str]:
    heard.clear()
    with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-transport-ws")]) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.socket.getsockname()[1]}/graphql"
        made.shutdown()


def listener(url: str) -> SubscriptionClient:
    return SubscriptionClient(url, Secret("a token"), "subscription { x }", {"unit": None})


def told(value: int) -> dict[str, Any]:
    return {"type": "next", "id": "1", "payload": {"data": {"x": value}}}


def test_what_comes_is_kept_in_order_until_it_is_asked_for() -> None:
    with server(told(1), told(2)) as url, listener(url) as ear:
        assert [ear.next(10), ear.next(10)] == [{"x": 1}, {"x": 2}]
    assert heard[0] == {"type": "connection_init", "payload": {"Authorization": "Bearer a token"}}
    assert heard[1]["payload"] == {"query": "subscription { x }", "variables": {"unit": None}}


def test_a_chosen_organization_is_said_with_the_token() -> None:
    document = "subscription { x }"
    with server(told(1)) as url, SubscriptionClient(url, Secret("a token"), document, {}, "org_b") as ear:
        assert ear.next(10) == {"x": 1}
    assert heard[0]["payload"] == {"Authorization": "Bearer a token", "Golden-Thread-Organization": "org_b"}


def test_nothing_is_waited_for_longer_than_asked() -> None:
    with server() as url, listener(url) as ear:
        assert ear.next(0.01) is None


def test_a_ping_is_answered_and_is_no_message() -> None:
    def after(socket: ServerConnection) -> None:
        hear(socket)
        socket.send(json.dumps(told(3)))

    with server({"type": "ping"}, then=after) as url, listener(url) as ear:
        assert ear.next(10) == {"x": 3}
    assert heard[2] == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "error", "id": "1", "payload": [{"message": "no such field"}]}, "no such field"),
        ({"type": "next", "id": "1", "payload": {"errors": [{"message": "lost"}], "data": None}}, "lost"),
        ({"type": "next", "id": "1", "payload": {}}, "without data"),
        ({"type": "complete", "id": "1"}, "ended the subscription"),
    ],
)
def test_what_is_no_answer_is_an_error_in_words(message: dict[str, Any], words: str) -> None:
    with server(message) as url, listener(url) as ear:
        with pytest.raises(CommandError, match=words):
            ear.next(10)


def test_a_token_that_is_refused_is_said_with_the_reason() -> None:
    def refuse(socket: ServerConnection) -> None:
        hear(socket)
        socket.close(4403, "The token has expired.")

    with running(refuse) as url, pytest.raises(CommandError, match="token has expired"), listener(url):
        pass


def test_nobody_there_is_said() -> None:
    with running(lambda _: None) as url:
        pass
    with pytest.raises(CommandError, match="cannot be reached"), listener(url):
        pass
