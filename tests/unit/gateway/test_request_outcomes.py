"""Every request over HTTP is measured with its outcome: answered, refused (the caller's fault), or failed (ours)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest

from gateway.http.authentication import CallerLimits
from gateway.schema.build import make
from tests.support.exposed_metrics import value_of
from tests.unit.gateway.socket_gateway import AnyToken, gateway

VIEWER = "{ viewer { __typename } }"
RETIRE = 'mutation { retirePurpose(input: {reason: "Done"}) { revision errors { code } } }'
ALL = [*product(("query", "mutation", "unknown"), ("answered", "refused", "failed"))]


def counts() -> dict[tuple[str, str], float]:
    name = "goldenthread_graphql_duration_seconds_count"
    return {(kind, outcome): value_of(name, kind=kind, outcome=outcome) for kind, outcome in ALL}


@contextmanager
def measuring(*expected: tuple[str, str]) -> Iterator[None]:
    """In the block so many requests are measured, with these kinds and outcomes."""
    before = counts()
    yield
    after = counts()
    assert {key: after[key] - before[key] for key in ALL if after[key] != before[key]} == {
        key: expected.count(key) for key in expected
    }


async def test_what_is_executed_is_answered_unless_the_caller_or_we_are_at_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with gateway() as made:
        with measuring(("query", "answered"), ("query", "answered"), ("query", "refused")):
            await made.client.ask(VIEWER)
            await made.client.ask(VIEWER)
            await made.client.post("{ nope }")

        async def failing(*_: Any, **named: Any) -> Any:
            raise ValueError("secret")

        with measuring(("mutation", "failed")), monkeypatch.context() as patch:
            patch.setattr(type(make()), "execute", failing)
            assert (await made.client.post(RETIRE)).status_code == 500


async def test_an_error_of_ours_beside_data_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway() as made:
        await made.client.ask(VIEWER)

        async def away(*_: Any, **named: Any) -> Any:
            raise RuntimeError("a resolver that fails")

        monkeypatch.setattr(type(made.cache), "know_alerts", away)
        with measuring(("query", "failed")):
            found = (await made.client.post("{ viewer { __typename } alerts { totalCount } }")).json()
            assert found["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_what_is_refused_before_it_is_read_has_an_unknown_kind() -> None:
    async with gateway(AnyToken(away=True)) as made:
        with measuring(("unknown", "failed")):
            assert (await made.client.post(VIEWER)).status_code == 503
    async with gateway(caller=CallerLimits(requests=0)) as made:
        with measuring(("unknown", "refused")):
            assert (await made.client.post(VIEWER)).status_code == 429
    async with gateway() as made:
        with measuring(("unknown", "refused"), ("unknown", "refused"), ("query", "refused")):
            await made.client.http.post(made.client.url, content="no JSON", headers=made.client.headers())
            await made.client.http.post(made.client.url, json=[], headers=made.client.headers())
            await made.client.post("subscription { alertChanged { id } }")
