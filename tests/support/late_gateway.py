"""A gateway that joined late equals one that was there from the start: both are asked for everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from msgspec import to_builtins

from gateway.clients import Producers
from gateway.context import Context
from gateway.hub import Hub
from gateway.model import ALERTS, ALIGNMENT, GOALS
from gateway.schema.schema import make
from goldenthread.runtime.auth import Caller
from goldenthread.runtime.clock import utc_now
from tests.support.graphql_client import Client

_NODE = """ id title owners { id } alignment { state depth cause since aloud nextStep revision upToDate
    silentSide { id } brokenAt { id } lostParent { id } lineOfSight { because explained node { id } link { id } } }
    parents(states: [ACCEPTED, PROPOSED, COUNTERED, DECLINED, WITHDRAWN]) { id state because inReturn explained round
        primary rounds { round because inReturn at } awaiting { id } } """
EVERYTHING = f"""{{
  organization {{ id name revision policy {{ graceDays replyDays handoverDays linkPolicy alignmentRequired }} }}
  units {{ nodes {{ id name function parent {{ id }} lead {{ id }} }} }}
  people {{ nodes {{ id name roles {{ role unit {{ id }} }} }} }}
  cycles {{ nodes {{ id name startsOn endsOn open }} }}
  purpose {{ {_NODE} statement version state }}
  whys(states: [PUBLISHED, RETIRED]) {{ nodes {{ {_NODE} statement version state keyResults {{ {_NODE} }} }} }}
  objectives {{ nodes {{ {_NODE} state status version progress contributedProgress
    keyResults {{ {_NODE} currentValue progress checkIns {{ nodes {{ id value }} }} }}
    outcome {{ grade alignment }} }} }}
  goalTree(depth: null) {{ revision truncated roots {{ id }} nodes {{ id }} links {{ id }} }}
  alerts(states: [OPEN, ACKNOWLEDGED, RESOLVED]) {{ nodes {{ id kind state message nextStep openedAt resolvedAt
    subject {{ id }} addressee {{ id }} goals {{ nodes {{ id }} }} }} }}
  myTurn {{ nodes {{ kind subject {{ id }} unit {{ id }} nextStep }} }}
}}"""


async def assert_a_late_gateway_shows_the_same(
    http: httpx.AsyncClient,
    client: Client,
    urls: Mapping[str, str],
    service_token: str,
    organization: str,
    subject: str,
) -> None:
    """The running gateway's answer to everything equals that of one that loads the organisation only now."""
    known = await client.until(EVERYTHING, lambda data: _settled(data))
    headers = {"Authorization": f"Bearer {service_token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as internal:
        named = {GOALS: urls["goals"], ALIGNMENT: urls["alignment"], ALERTS: urls["notifications"]}
        hub = Hub(Producers(internal, named))
        caller = Caller(subject, organization, False, client.token or "")
        result = await make().execute(EVERYTHING, {}, Context(caller, await hub.get(organization), hub, utc_now))
    assert result.errors is None, result.errors
    assert to_builtins(result.data) == known


def _settled(data: dict[str, Any]) -> bool:
    whys = [data["purpose"], *data["whys"]["nodes"], *data["objectives"]["nodes"]]
    return all(node is None or node["alignment"]["upToDate"] for node in whys)
