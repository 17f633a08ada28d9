"""Quotas as header fields: as the draft writes them, with a partition key that reveals no login."""

from __future__ import annotations

import base64
import subprocess
import sys

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.budget import claim_attempts, export_places
from gateway.budget.quotas import AT_ONCE, Quota, QuotaState, partition_key
from gateway.http import graphql_ws
from gateway.http.cross_origin import cross_origin


def test_a_policy_says_its_quota_unit_and_window() -> None:
    assert Quota("requests-per-replica", 20, AT_ONCE).policy == '"requests-per-replica";q=20;qu="concurrent-requests"'
    assert Quota("tries-per-replica", 10, seconds=600).policy == '"tries-per-replica";q=10;w=600'
    assert Quota("sockets-per-replica", 50).policy == '"sockets-per-replica";q=50'


def test_what_is_left_has_a_time_only_where_the_policy_has_a_window() -> None:
    state = QuotaState(Quota("requests-per-replica", 20, AT_ONCE), 19, ":a:")
    assert state.fields["RateLimit"] == '"requests-per-replica";r=19;pk=:a:'
    state = QuotaState(Quota("tries-per-replica", 10, seconds=600), retry_after=5)
    assert state.fields["RateLimit"] == '"tries-per-replica";r=0;t=5'


def test_a_partition_key_is_a_callers_own_and_has_nothing_of_their_login() -> None:
    key = partition_key("https://issuer.example", "ada", "org_a")
    assert key == partition_key("https://issuer.example", "ada", "org_a")
    assert key[0] == key[-1] == ":"
    assert len(base64.b64decode(key[1:-1])) == 9
    others = {partition_key("https://issuer.example", "ada", "org_b"), partition_key("", "ada", None)}
    assert key not in others
    assert len(partition_key("\ud800", "x")) == len(key), "whatever a token says is taken"


def test_another_replica_has_another_key_for_the_same_caller() -> None:
    code = "from gateway.budget.quotas import partition_key; print(partition_key('', 'ada'))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip().startswith(":")
    assert run.stdout.strip() != partition_key("", "ada")


def test_every_limit_of_a_replica_says_so_in_its_name() -> None:
    for quota in (claim_attempts.QUOTA, export_places.OF_ONE):
        assert quota.name.endswith("-per-replica")
    assert graphql_ws.OPERATIONS.name.endswith("-per-socket")


async def test_a_page_of_another_origin_may_read_the_quota_and_when_to_ask_again() -> None:
    routes = [Route("/", lambda _: PlainTextResponse(""))]
    app = Starlette(routes=routes, middleware=cross_origin(["https://app.example"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        answer = await client.get("/", headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-expose-headers"] == "Retry-After, RateLimit, RateLimit-Policy"
    assert cross_origin([]) == []
