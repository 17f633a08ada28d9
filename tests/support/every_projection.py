"""The shared check that every story ends in: the fold of all events is the state of every projection."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from tests.support.alerts_fold_check import assert_alerts_are_the_fold
from tests.support.gateway_comparison import assert_a_late_gateway_shows_the_same
from tests.support.graphql_client import Client
from tests.support.projection_fold_checks import assert_alignment_is_the_fold, assert_goals_are_the_fold
from tests.support.story_organization import StoryOrganization


async def assert_every_projection_is_a_fold(http: httpx.AsyncClient, org: StoryOrganization) -> None:
    """goals, alignment and notifications against their streams; the gateway against one that joins now."""
    await assert_projections_are_folds(http, org.admin, org.up.instance.urls, org.up.issuer.service_token(), org.id)


async def assert_projections_are_folds(
    http: httpx.AsyncClient, admin: Client, urls: Mapping[str, str], token: str, organization: str
) -> None:
    """The same of any organization: `urls` has its services, `token` is one of a service's."""
    await assert_goals_are_the_fold(http, urls, token, organization)
    await assert_alignment_is_the_fold(http, urls, token, organization)
    await assert_alerts_are_the_fold(http, urls, token, organization)
    await assert_a_late_gateway_shows_the_same(http, admin, urls, token, organization)
