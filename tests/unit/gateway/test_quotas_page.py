"""The table of quotas in docs/operations.md is that of the code: every limit, its default, its setting, its policy."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import structs

from gateway.budget import caller_pace, claim_attempts, cost, export_places
from gateway.http import graphql_ws
from gateway.http.authentication import CallerLimits
from gateway.settings import Settings
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.web.endpoints import MAX_BODY
from services.notifications.alert_commands import MOST_WEBHOOKS

ROOT = Path(__file__).parents[3]
DEFAULTS = {field.name: field.default for field in structs.fields(Settings)}
LIMITS = {
    "requests that are being answered": ("caller_requests", "requests-per-replica"),
    "WebSockets": ("caller_sockets", "sockets-per-replica"),
    "subscriptions": ("caller_subscriptions", "subscriptions-per-replica"),
    "operations on a WebSocket": (graphql_ws.OPERATIONS.most, graphql_ws.OPERATIONS.name),
    f"invitations claimed in vain, in {claim_attempts.SECONDS:g} seconds": (
        claim_attempts.MOST,
        claim_attempts.QUOTA.name,
    ),
    "exports of an organization": (export_places.OF_ONE.most, export_places.OF_ONE.name),
    "exports of all organizations": (export_places.MOST, "exports-per-replica"),
    "reads of history and figures at once": (caller_pace.MOST_READS, None),
    "reads of history and figures": (cost.MOST_READS, None),
    "units of work": (cost.MOST, None),
    "bytes of a request": (MAX_BODY, None),
    "MiB of large requests that are held": ("http_bodies_mib", None),
    "connections": ("http_connections", None),
    "webhooks": (MOST_WEBHOOKS, None),
}
"""The setting or the constant that each row stands for, and the name of its policy."""


def rows() -> dict[str, tuple[str, str, str]]:
    """By limit: the default, the setting and the policy that the page names."""
    section = (ROOT / "docs/operations.md").read_text("utf-8").partition("## Quotas")[2].partition("\n## ")[0]
    cells = [[each.strip() for each in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", section, re.M)]
    return {row[0]: (row[1], row[2].strip("`"), row[5].strip("`")) for row in cells[2:]}


def test_the_table_has_every_limit_with_its_default_setting_and_policy() -> None:
    expected = {
        limit: (
            str(DEFAULTS[of] if isinstance(of, str) else of),
            variable(of) if isinstance(of, str) else "–",
            policy or "–",
        )
        for limit, (of, policy) in LIMITS.items()
    }
    assert rows() == expected


def test_every_policy_and_every_setting_of_a_quota_is_in_the_table() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "gateway").rglob("*.py"))
    assert {policy for _, _, policy in rows().values()} - {"–"} == set(re.findall(r'\bQuota\(\s*"([^"]+)"', code))
    quotas = {
        name for name in DEFAULTS if name.startswith("caller_") or name in ("http_connections", "http_bodies_mib")
    }
    assert {variable(name) for name in quotas} == {setting for _, setting, _ in rows().values()} - {"–"}


def test_limits_of_a_gateway_that_is_not_configured_are_those_of_the_settings() -> None:
    limits = CallerLimits()
    assert (limits.requests, limits.sockets, limits.subscriptions) == (
        DEFAULTS["caller_requests"],
        DEFAULTS["caller_sockets"],
        DEFAULTS["caller_subscriptions"],
    )
