"""A gateway that joined late equals one that was there from the start: both are asked for everything."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from gateway.live.organization_cache import OrganizationCache
from gateway.request.context import RequestContext
from gateway.schema.build import make
from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.streams import ALERTS, ALIGNMENT, GOALS
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.identity.caller import Caller
from tests.support.graphql_client import Client

_NODE = """ id title owners { id } alignment { state depth cause since aloud nextStep revision upToDate
    silentSide { id } brokenAt { id } lostParent { id }
    lineOfSight { because explained node { id } link { id } answer { id } } }
    parents(states: [ACCEPTED, PROPOSED, COUNTERED, DECLINED, WITHDRAWN]) { id state because inReturn explained round
        primary rounds { round because inReturn at } awaiting { id } kept questions { ...Ids } }
    questions { ...Ids } feedback { totalCount nodes { id } } """
_PATIENCE = 40.0
_QUESTION = """ id body state askedAt dueAt escalations unheard about { id } askedBy { id } unit { id }
    awaiting { id } answers { body at by { id } } settlement { kind note at resultingVersion by { id } } """
_FEEDBACK = """ id source segment body sentiment receivedAt about { id }
    responses { body outcome at by { id } unit { id } } """
_ANSWER = """ id stance statement version state at by { id } unit { id } confirmedBy { id } questions { ...Ids } """
_CASCADE = """ addressed answered confirmed byLevel { depth addressed answered }
    silent { stage since dueAt holdsUp unit { id } heldUpBy { id } } """
_ALERT = """ id kind state message nextStep openedAt resolvedAt subject { id } addressee { id }
    goals(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes { id } } """
_READINGS = "totalCount pageInfo { hasNextPage endCursor } nodes { id value }"
_MORE = {
    "checkIns": f"""query($node: ID!, $after: String) {{
        node(id: $node) {{ ... on KeyResult {{ checkIns(first: 100, after: $after) {{ {_READINGS} }} }} }} }}""",
    "goals": """query($node: ID!, $after: String) { node(id: $node) { ... on Alert {
        goals(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id } } } } }""",
}
_IDS = " fragment Ids on QuestionConnection { totalCount nodes { id } }"
_HEAD = f"""{{
  organization {{ id name revision policy {{ graceDays replyDays handoverDays linkPolicy alignmentRequired }} }}
  purpose {{ {_NODE} statement version state }}
}}{_IDS}"""
_LISTS = {
    "units": ("", "id name function parent { id } lead { id }"),
    "people": ("", "id name email roles { role unit { id } }"),
    "serviceAccounts": ("", "id name roles { role unit { id } }"),
    "cycles": ("", "id name startsOn endsOn open"),
    "whys": (
        "states: [PUBLISHED, RETIRED], ",
        f"{_NODE} statement version state keyResults {{ {_NODE} }} cascade {{ {_CASCADE} }} "
        f"answers(first: 100) {{ totalCount nodes {{ {_ANSWER} }} }}",
    ),
    "objectives": (
        "",
        f"{_NODE} invited {{ id }} cycle {{ id }} state status version progress contributedProgress "
        f"keyResults {{ {_NODE} currentValue progress checkIns(first: 100) {{ {_READINGS} }} }} "
        "outcome { grade alignment }",
    ),
    "alerts": ("states: [OPEN, ACKNOWLEDGED, RESOLVED], ", _ALERT),
    "questions": ("", _QUESTION),
    "feedback": ("", _FEEDBACK),
    "myTurn": ("", "kind subject { id } unit { id } since dueAt nextStep"),
    "goalTree": ("depth: null, ", "id"),
}
_BESIDES = {"goalTree": "revision truncated roots { id } links { id }"}
_AT_ONCE = 20
Ask = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


def _document(name: str) -> str:
    arguments, fields = _LISTS[name]
    besides = _BESIDES.get(name, "")
    page = f"pageInfo {{ hasNextPage endCursor }} nodes {{ {fields} }} {besides}"
    asked = f"query($after: String) {{ {name}({arguments}first: {_AT_ONCE}, after: $after) {{ {page} }} }}"
    return asked + (_IDS if "...Ids" in asked else "")


async def read_everything(ask: Ask) -> dict[str, Any]:
    """All that can be asked of an organization, in pages; nothing in it is cut off."""
    found = await ask(_HEAD, {})
    for name in _LISTS:
        found[name], after = [], None
        while after is None or found[name][-1]["pageInfo"]["hasNextPage"]:
            page = (await ask(_document(name), {"after": after}))[name]
            found[name].append(page)
            after = page["pageInfo"]["endCursor"] or ""
    for page in found["objectives"]:
        for result in (result for node in page["nodes"] for result in node["keyResults"]):
            await _read_on(ask, result, "checkIns")
    for alert in (each for page in found["alerts"] for each in page["nodes"]):
        await _read_on(ask, alert, "goals")
    _assert_whole(found)
    return found


async def _read_on(ask: Ask, node: dict[str, Any], name: str) -> None:
    """Add the further pages of a list of a node to the first."""
    found = node[name]
    while found["pageInfo"]["hasNextPage"]:
        page = await ask(_MORE[name], {"node": node["id"], "after": found["pageInfo"]["endCursor"]})
        more = page["node"][name]
        found |= {"nodes": found["nodes"] + more["nodes"], "pageInfo": more["pageInfo"]}


def _assert_whole(data: Any) -> None:
    """Every list inside another answer is there to its end."""
    if isinstance(data, dict):
        assert "totalCount" not in data or len(data["nodes"]) == data["totalCount"], "a list is longer than its page"
    if isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            _assert_whole(each)


async def assert_a_late_gateway_shows_the_same(
    http: httpx.AsyncClient, client: Client, urls: Mapping[str, str], service_token: str, organization: str
) -> None:
    """The running gateway's answer to everything comes to equal that of one that loads the organization only now."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        late = await _asked_late(client, urls, service_token, organization)
        known = await read_everything(lambda document, variables: client.until(document, lambda _: True, **variables))
        if late == known and _judged(known):
            return
        assert asyncio.get_running_loop().time() < deadline, _difference(late, known) or "the verdicts stay behind"
        await asyncio.sleep(0.2)


async def _asked_late(client: Client, urls: Mapping[str, str], service_token: str, organization: str) -> Any:
    headers = {"Authorization": f"Bearer {service_token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as internal:
        named = {GOALS: urls["goals"], ALIGNMENT: urls["alignment"], ALERTS: urls["notifications"]}
        cache = OrganizationCache(HttpUpstreams(internal, named), indexes=[TurnIndex])
        claims = _claims(client)
        caller = Caller(claims["sub"], organization, False, Secret(client.token or ""), issuer=claims["iss"])
        context = RequestContext(caller, await cache.get(organization), cache, utc_now)

        async def ask(document: str, variables: dict[str, Any]) -> dict[str, Any]:
            result = await make().execute(document, variables, context)
            assert result.errors is None, result.errors
            return dict(result.data or {})

        return await read_everything(ask)


def _claims(client: Client) -> dict[str, Any]:
    """What the client's token says."""
    part = (client.token or "").split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def _judged(data: dict[str, Any]) -> bool:
    pages = [*data["whys"], *data["objectives"]]
    nodes = [data["purpose"], *(node for page in pages for node in page["nodes"])]
    return all(node is None or node["alignment"]["upToDate"] for node in nodes)


def _difference(late: Any, known: Any, path: str = "") -> str:
    """Where two answers differ first, for a person to read."""
    if isinstance(late, dict) and isinstance(known, dict):
        return next((found for key in late if (found := _difference(late[key], known[key], f"{path}.{key}"))), "")
    if isinstance(late, list) and isinstance(known, list) and len(late) == len(known):
        pairs = enumerate(zip(late, known, strict=True))
        return next((found for n, (a, b) in pairs if (found := _difference(a, b, f"{path}[{n}]"))), "")
    return "" if late == known else f"{path}: {str(late)[:400]} when loaded late, {str(known)[:400]} from the start"
