"""A gateway that joined late equals one that was there from the start: both are asked for everything."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx

from gateway.clients import Producers
from gateway.context import Context
from gateway.hub import Hub
from gateway.model import ALERTS, ALIGNMENT, GOALS
from gateway.schema.schema import make
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.auth import Caller
from goldenthread.runtime.clock import utc_now
from tests.support.graphql_client import Client

_NODE = """ id title owners { id } alignment { state depth cause since aloud nextStep revision upToDate
    silentSide { id } brokenAt { id } lostParent { id }
    lineOfSight { because explained node { id } link { id } answer { id } } }
    parents(states: [ACCEPTED, PROPOSED, COUNTERED, DECLINED, WITHDRAWN]) { id state because inReturn explained round
        primary rounds { round because inReturn at } awaiting { id } kept questions { nodes { id } } }
    questions { nodes { id } } feedback { nodes { id } } """
_PATIENCE = 20.0
_QUESTION = """ id body state askedAt dueAt escalations unheard about { id } askedBy { id } unit { id }
    awaiting { id } answers { body at by { id } } settlement { kind note at resultingVersion by { id } } """
_FEEDBACK = """ id source segment body sentiment receivedAt about { id }
    responses { body outcome at by { id } unit { id } } """
_ANSWER = """ id stance statement version state at by { id } unit { id } confirmedBy { id }
    questions { nodes { id } } """
_CASCADE = """ addressed answered confirmed byLevel { depth addressed answered }
    silent { stage since dueAt holdsUp unit { id } heldUpBy { id } } """
EVERYTHING = f"""{{
  organization {{ id name revision policy {{ graceDays replyDays handoverDays linkPolicy alignmentRequired }} }}
  units {{ nodes {{ id name function parent {{ id }} lead {{ id }} }} }}
  people {{ nodes {{ id name roles {{ role unit {{ id }} }} }} }}
  serviceAccounts {{ nodes {{ id name roles {{ role unit {{ id }} }} }} }}
  cycles {{ nodes {{ id name startsOn endsOn open }} }}
  purpose {{ {_NODE} statement version state }}
  whys(states: [PUBLISHED, RETIRED]) {{ nodes {{ {_NODE} statement version state keyResults {{ {_NODE} }}
    cascade {{ {_CASCADE} }} answers {{ nodes {{ {_ANSWER} }} }} }} }}
  objectives {{ nodes {{ {_NODE} invited {{ id }} cycle {{ id }} state status version progress contributedProgress
    keyResults {{ {_NODE} currentValue progress checkIns {{ nodes {{ id value }} }} }}
    outcome {{ grade alignment }} }} }}
  goalTree(depth: null) {{ revision truncated roots {{ id }} nodes {{ id }} links {{ id }} }}
  alerts(states: [OPEN, ACKNOWLEDGED, RESOLVED]) {{ nodes {{ id kind state message nextStep openedAt resolvedAt
    subject {{ id }} addressee {{ id }} goals {{ nodes {{ id }} }} }} }}
  questions {{ nodes {{ {_QUESTION} }} }}
  feedback {{ nodes {{ {_FEEDBACK} }} }}
  myTurn {{ nodes {{ kind subject {{ id }} unit {{ id }} since dueAt nextStep }} }}
}}"""


async def assert_a_late_gateway_shows_the_same(
    http: httpx.AsyncClient, client: Client, urls: Mapping[str, str], service_token: str, organization: str
) -> None:
    """The running gateway's answer to everything comes to equal that of one that loads the organisation only now."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        late = await _asked_late(client, urls, service_token, organization)
        known = await client.until(EVERYTHING, lambda _: True)
        if late == known and _judged(known):
            return
        assert asyncio.get_running_loop().time() < deadline, _difference(late, known) or "the verdicts stay behind"
        await asyncio.sleep(0.2)


async def _asked_late(client: Client, urls: Mapping[str, str], service_token: str, organization: str) -> Any:
    headers = {"Authorization": f"Bearer {service_token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as internal:
        named = {GOALS: urls["goals"], ALIGNMENT: urls["alignment"], ALERTS: urls["notifications"]}
        hub = Hub(Producers(internal, named))
        caller = Caller("admin", organization, False, Secret(client.token or ""), issuer=_claims(client)["iss"])
        result = await make().execute(EVERYTHING, {}, Context(caller, await hub.get(organization), hub, utc_now))
    assert result.errors is None, result.errors
    return result.data


def _claims(client: Client) -> dict[str, Any]:
    """What the client's token says."""
    part = (client.token or "").split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def _judged(data: dict[str, Any]) -> bool:
    nodes = [data["purpose"], *data["whys"]["nodes"], *data["objectives"]["nodes"]]
    return all(node is None or node["alignment"]["upToDate"] for node in nodes)


def _difference(late: Any, known: Any, path: str = "") -> str:
    """Where two answers differ first, for a person to read."""
    if isinstance(late, dict) and isinstance(known, dict):
        return next((found for key in late if (found := _difference(late[key], known[key], f"{path}.{key}"))), "")
    if isinstance(late, list) and isinstance(known, list) and len(late) == len(known):
        pairs = enumerate(zip(late, known, strict=True))
        return next((found for n, (a, b) in pairs if (found := _difference(a, b, f"{path}[{n}]"))), "")
    return "" if late == known else f"{path}: {str(late)[:400]} when loaded late, {str(known)[:400]} from the start"
