"""What one may send is taken, cleared or refused with a code; it is never ignored, and never a failure of ours."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import graphql
import httpx
import pytest
from graphql import GraphQLInputObjectType, GraphQLScalarType, get_named_type
from joserfc import jwt

from goldenthread.launcher.issuer import ALGORITHM, Issuer
from tests.support import sdl_inputs
from tests.support.bad_idempotency_keys import BAD_KEYS
from tests.support.story_organization import StoryOrganization

SDL = graphql.build_schema((Path(__file__).parents[2] / "gateway" / "schema.graphql").read_text())
TYPED = {
    "INVALID", "NOT_FOUND", "FORBIDDEN", "CONFLICT", "STATE_NOT_ALLOWED", "STALE_VERSION", "POLICY", "LINK_LOOP",
}  # fmt: skip
"""Refusals that a caller can act on: neither a failure of ours, nor something to try again."""
VIEWER = "{ viewer { __typename } }"
NUL = "a\x00b"


async def known(org: StoryOrganization) -> dict[str, Any]:
    """Ids of things that are there, under the names of the fields that take them."""
    await org.purpose()
    owner = await org.unit("Sales")
    why, goal = await org.why("Grow"), await org.objective("Sell", owner)
    parent = await org.objective("Sell more", org.root)
    added = await org.admin.do(
        "addKeyResult", "keyResult { id }", {"measures": goal, "keyResult": {"title": "Deals", "targetValue": 9}}
    )
    link = await org.admin.do("link", "link { id round }", {"child": goal, "parent": parent, "because": "It helps"})
    cycle = {"name": "2026", "startsOn": "2026-01-01", "endsOn": "2026-12-31"}
    opened = await org.admin.do("openCycle", "cycle { id }", cycle)
    me = (await org.admin.ask("{ viewer { person { id } } }"))["viewer"]["person"]["id"]
    return {
        "unit": owner, "owners": [owner], "audience": [owner], "why": why, "objective": goal, "child": goal,
        "parent": why, "about": goal, "measures": goal, "person": me, "cycle": opened["cycle"]["id"],
        "keyResult": added["keyResult"]["id"], "link": link["link"]["id"], "links": [link["link"]["id"]],
        "objectives": [goal], "toCycle": opened["cycle"]["id"], "round": link["link"]["round"], "expectedVersion": 1,
        "id": goal, "ids": [goal],
    }  # fmt: skip


def is_text(kind: Any) -> bool:
    named = get_named_type(kind)
    return isinstance(named, GraphQLScalarType) and named.name in ("ID", "String")


def mutations() -> dict[str, GraphQLInputObjectType]:
    assert SDL.mutation_type is not None
    found = {name: get_named_type(field.args["input"].type) for name, field in SDL.mutation_type.fields.items()}
    return {name: kind for name, kind in found.items() if isinstance(kind, GraphQLInputObjectType)}


async def test_a_nul_in_any_text_of_any_mutation_is_refused_with_a_code_and_changes_nothing(
    org: StoryOrganization,
) -> None:
    there = await known(org)
    there["keyResult "] = there.pop("keyResult")  # of `addKeyResult` it is an object
    before = (await org.admin.ask("{ organization { revision } }"))["organization"]["revision"]
    asked = 0
    for name, kind in mutations().items():
        ids = there if name in ("addKeyResult", "createObjective") else {**there, "keyResult": there["keyResult "]}
        for path, type in sdl_inputs.paths(kind):
            if is_text(type):
                asked += 1
                input = sdl_inputs.put(kind, path, NUL, ids)
                problem = await org.admin.refused(name, input)
                assert problem["code"] in TYPED, (name, path, problem)
                assert len(problem["message"]) < 500
                assert problem["code"] != "INVALID" or problem["path"], (name, path, problem)
    assert asked > 150
    assert (await org.admin.ask("{ organization { revision } }"))["organization"]["revision"] == before


async def test_a_nul_in_any_text_of_any_query_is_answered(org: StoryOrganization) -> None:
    there = await known(org)
    assert SDL.query_type is not None
    for name, field in SDL.query_type.fields.items():
        for argument, definition in field.args.items():
            kind = get_named_type(definition.type)
            deep = sdl_inputs.paths(kind) if isinstance(kind, GraphQLInputObjectType) else [((), definition.type)]
            for path, type in deep:
                if not is_text(type):
                    continue
                needed = {key: each.type for key, each in field.args.items() if graphql.is_required_argument(each)}
                given = {key: sdl_inputs.given(each, there, key) for key, each in needed.items()}
                given[argument] = (
                    sdl_inputs.put(kind, path, NUL, there)
                    if isinstance(kind, GraphQLInputObjectType)
                    else [NUL]
                    if isinstance(graphql.get_nullable_type(definition.type), graphql.GraphQLList)
                    else NUL
                )
                declared = ", ".join(f"${key}: {field.args[key].type}" for key in given)
                passed = ", ".join(f"{key}: ${key}" for key in given)
                inside = "" if graphql.is_leaf_type(get_named_type(field.type)) else "{ __typename }"
                answer = await org.admin.post(f"query({declared}) {{ {name}({passed}) {inside} }}", given)
                for error in answer.json().get("errors", []):
                    assert error["extensions"]["code"] in TYPED | {"COST_LIMIT"}, (name, argument, path, error)


async def test_a_nul_in_any_text_of_any_subscription_is_answered(org: StoryOrganization) -> None:
    assert SDL.subscription_type is not None
    for name, field in SDL.subscription_type.fields.items():
        for argument, definition in field.args.items():
            if is_text(definition.type):
                many = isinstance(graphql.get_nullable_type(definition.type), graphql.GraphQLList)
                document = f"subscription($x: {definition.type}) {{ {name}({argument}: $x) {{ __typename }} }}"
                async with org.admin.subscribed(document, x=[NUL] if many else NUL) as heard:
                    message = await heard.message()
                payload = message["payload"]
                errors = payload if message["type"] == "error" else payload["errors"]
                assert {error["extensions"]["code"] for error in errors} <= TYPED, (name, argument, message)


async def test_acknowledging_an_alert_with_nul_is_invalid_wherever_it_stands(org: StoryOrganization) -> None:
    for input in ({"alert": NUL}, {"alert": "alert_1", "note": NUL}, {"alert": "alert_1", "idempotencyKey": NUL}):
        problem = await org.admin.refused("acknowledgeAlert", input)
        assert problem["code"] in ("INVALID", "NOT_FOUND")
    assert (await org.admin.refused("acknowledgeAlert", {"alert": NUL}))["path"] == ["alert"]
    assert (await org.admin.refused("removeWebhook", {"webhook": NUL}))["path"] == ["webhook"]


@pytest.mark.parametrize("key", [key for key in BAD_KEYS if key.isprintable() or key.isascii()], ids=ascii)
async def test_a_key_that_is_none_is_invalid_at_both_services_and_changes_nothing(
    org: StoryOrganization, key: str
) -> None:
    for name, input in (
        ("createObjective", {"title": "Once", "owners": [org.root]}),
        ("addWebhook", {"url": "https://example.org/hook"}),
    ):
        problem = await org.admin.refused(name, {**input, "idempotencyKey": key})
        assert (problem["code"], problem["path"]) == ("INVALID", ["idempotencyKey"])
        assert "not known" not in problem["message"]
    found = await org.admin.ask("{ objectives { totalCount } webhooks { id } }")
    assert (found["objectives"]["totalCount"], found["webhooks"]) == (0, [])


async def test_null_takes_away_and_absent_leaves_as_it_is(org: StoryOrganization) -> None:
    there = await known(org)
    goal, person = there["objective"], there["person"]
    shown = "objective { title description accountable { id } cycle { id } }"
    full = {"objective": goal, "description": "x", "accountable": person, "cycle": there["cycle"]}
    await org.admin.do("updateObjective", shown, full)
    same = await org.admin.do("updateObjective", shown, {"objective": goal, "title": "Sell well"})
    assert same["objective"] == {
        "title": "Sell well", "description": "x", "accountable": {"id": person}, "cycle": {"id": there["cycle"]},
    }  # fmt: skip
    cleared = {"objective": goal, "description": None, "accountable": None, "cycle": None}
    now = await org.admin.do("updateObjective", shown, cleared)
    assert now["objective"] == {"title": "Sell well", "description": None, "accountable": None, "cycle": None}
    for name in ("title", "owners"):
        problem = await org.admin.refused("updateObjective", {"objective": goal, name: None})
        assert (problem["code"], problem["path"]) == ("INVALID", [name])
    measure = {"keyResult": there["keyResult"], "targetValue": None}
    assert (await org.admin.do("updateKeyResult", "keyResult { targetValue progress }", measure))["keyResult"] == {
        "targetValue": None, "progress": None,
    }  # fmt: skip
    led = {"unit": there["unit"], "lead": person}
    assert (await org.admin.do("updateUnit", "unit { lead { id } }", led))["unit"]["lead"] == {"id": person}
    assert (await org.admin.do("updateUnit", "unit { lead { id } }", {**led, "lead": None}))["unit"]["lead"] is None


def minted(issuer: Issuer, **claims: Any) -> str:
    """A token of this installation's own issuer, whatever it says."""
    now = int(time.time())
    about = {"iss": issuer.identifier, "aud": issuer.audience, "iat": now, "exp": now + 600}
    header = {"alg": ALGORITHM, "kid": issuer._key.kid}
    return jwt.encode(header, {"sub": "admin", **about, **claims}, issuer._key, algorithms=[ALGORITHM])


ODD_CLAIMS = [
    {"organization": ""}, {"organization": "org_\x00"}, {"organization": ["org_1"]}, {"organization": 5},
    {"organization": "x" * 10_000}, {"organization": {"a": 1}}, {"organization": None},
    {"sub": "a\x00b"}, {"sub": ""}, {"sub": 5}, {"sub": ["admin"]}, {"sub": "x" * 10_000}, {"sub": "\u200b"},
    pytest.param({"iat": time.time() + 3_600}, id="iat in an hour"),
    pytest.param({"nbf": time.time() + 3_600}, id="nbf in an hour"), {"iat": "soon"}, {"exp": 10**300},
]  # fmt: skip


@pytest.mark.parametrize("claims", ODD_CLAIMS, ids=lambda claims: ascii(claims)[:40])
async def test_a_token_with_malformed_claims_is_401_everywhere(
    org: StoryOrganization, http: httpx.AsyncClient, claims: dict[str, Any]
) -> None:
    whole = {"organization": org.id, **claims}
    headers = {"Authorization": f"Bearer {minted(org.up.issuer, **whole)}"}
    answer = await http.post(org.admin.url, json={"query": VIEWER}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    urls = org.up.instance.urls
    for service, path in (("goals", "/v1/snapshot"), ("alignment", "/v1/heads"), ("notifications", "/v1/webhooks")):
        answer = await http.get(urls[service] + path, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHENTICATED"), service
    answer = await http.post(urls["goals"] + "/v1/commands", json={}, headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["events", "snapshot", "people", "login", "history", "figures", "reciprocity"])
async def test_a_nul_in_an_internal_address_is_400(org: StoryOrganization, http: httpx.AsyncClient, path: str) -> None:
    headers = {"Authorization": f"Bearer {org.up.issuer.service_token()}"}
    url = org.up.instance.urls["alignment" if path in ("figures", "reciprocity") else "goals"]
    for odd in ({"organization": NUL}, {"subject": NUL}, {"unit": NUL}):
        query = {"organization": org.id, **odd}
        answer = await http.get(f"{url}/v1/{path}", params=query, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "INVALID"), (path, query)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        ('{"query":""}', {}, 400),
        ('{"query":5}', {}, 400),
        ('{"query":"{...nope}"}', {}, 400),
        ('{"query":"{objectives(first:' + "9" * 4_301 + '){totalCount}}"}', {}, 400),
        ('{"query":"query($n:Int){objectives(first:$n){totalCount}}","variables":{"n":' + "9" * 4_301 + "}}", {}, 400),
        (json.dumps({"query": VIEWER}), {"Golden-Thread-Min-Revision": "9" * 5_000}, 400),
        ('{"query":"mutation{retirePurpose(input:{reason:\\"x\\"}){revision}}"}', {"Content-Type": "text/plain"}, 415),
        ('{"query":"' + "x" * (13 * 2**20) + '"}', {}, 413),
    ],
    ids=["empty", "number", "fragment", "literal", "variable", "revision", "plain text", "large"],
)  # fmt: skip
async def test_what_is_no_request_is_answered_in_json_with_a_code(
    org: StoryOrganization, http: httpx.AsyncClient, content: str, headers: dict[str, str], status: int
) -> None:
    headers = org.admin.headers({"Content-Type": "application/json"} | headers)
    answer = await http.post(org.admin.url, content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID"
    assert (await org.admin.post(VIEWER)).status_code == 200


@pytest.mark.parametrize("title", ["a\nb", "a\x07b", "\u200b", "\u3164", "a\u2028b", "\ufeff"], ids=ascii)
async def test_a_title_is_one_line_that_can_be_seen(org: StoryOrganization, title: str) -> None:
    problem = await org.admin.refused("createObjective", {"title": title, "owners": [org.root]})
    assert (problem["code"], problem["path"]) == ("INVALID", ["title"])
    problem = await org.admin.refused("updateOrganization", {"name": title})
    assert (problem["code"], problem["path"]) == ("INVALID", ["name"])
