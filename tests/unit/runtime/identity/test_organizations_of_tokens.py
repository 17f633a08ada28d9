"""From the claims of a token to organizations: one for all tokens, an id, or values that stand for organizations."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import (
    Caller,
    NotPermitted,
    OrganizationChoiceNeeded,
    Unauthenticated,
)
from goldenthread.runtime.identity.unverified_issuer import LONGEST_TOKEN
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.trusting import trusted
from tests.unit.runtime.identity.token_issuers import FakeIssuer, client

MAPPING = {"a": "org_a", "b": "org_b", "b too": "org_b"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.sampled_from(sorted(MAPPING)),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=5), some, max_size=4),
)


class Named:
    """A verifier of one issuer that is read as `how` says."""

    def __init__(self, **how: Any) -> None:
        self.issuer = FakeIssuer("https://own.example")
        self.verifier = Verifier(client(self.issuer), [trusted(self.issuer.url, **how)])

    async def caller(self, chosen: str | None = None, **claims: Any) -> Caller:
        return await self.verifier.caller(self.issuer.token(**{"organization": None, **claims}), chosen)


def mapped() -> Named:
    return Named(organizations=MAPPING, organization_claim="groups")


async def test_one_organization_is_that_of_every_token_whatever_it_claims() -> None:
    named = Named(organization="org_fixed")
    for claims in ({}, {"organization": "org_other"}, {"organization": ["org_other"]}, {"groups": ["a"]}):
        caller = await named.caller(**claims)
        assert (caller.organization, caller.organizations) == ("org_fixed", ("org_fixed",))
    with pytest.raises(NotPermitted, match=r"It is for org_fixed\.$"):
        await named.caller("org_other", organization="org_other")


@pytest.mark.parametrize(
    ("groups", "organizations"),
    [
        ("a", ("org_a",)),
        (["b too"], ("org_b",)),
        (["x", "b", 5, None, ["a"], "b too"], ("org_b",)),
        (["b", "a"], ("org_b", "org_a")),
    ],
    ids=str,
)
async def test_values_of_a_claim_stand_for_organizations(groups: Any, organizations: tuple[str, ...]) -> None:
    caller = await mapped().caller(groups=groups)
    assert caller.organizations == organizations
    assert caller.organization == (organizations[0] if len(organizations) == 1 else None)


@pytest.mark.parametrize(
    "groups", [None, [], "", "A", "org_a", ["x"], {"a": "b"}, [["a"]], [{"a": 1}], 5, True], ids=str
)
async def test_a_token_none_of_whose_values_stands_for_one_is_refused_with_what_to_do(groups: Any) -> None:
    with pytest.raises(NotPermitted, match=r"claim `groups` has no value that stands for one\. Ask who administers"):
        await mapped().caller(groups=groups)


async def test_of_several_organizations_one_is_chosen_and_only_these_are_named() -> None:
    named = mapped()
    several = await named.caller(groups=["a", "b"])
    assert several.permits("org_a")
    assert several.permits("org_b")
    assert not several.permits("org_c")
    with pytest.raises(OrganizationChoiceNeeded) as raised:
        several.chosen_organization()
    assert raised.value.organizations == ["org_a", "org_b"]
    chosen = await named.caller("org_b", groups=["a", "b"])
    assert (chosen.chosen_organization(), chosen.permits("org_a"), chosen.permits("org_b")) == ("org_b", False, True)
    assert chosen.key != (await named.caller("org_a", groups=["a", "b"])).key
    for other in ("org_c", "", "ORG_A", "a", "org_a,org_b", "org_\x00"):
        with pytest.raises(NotPermitted, match="this token is for org_a, org_b"):
            await named.caller(other, groups=["a", "b"])


async def test_the_only_organization_needs_no_choice_and_another_one_is_refused() -> None:
    named = Named()
    assert (await named.caller("org_1", organization="org_1")).chosen_organization() == "org_1"
    with pytest.raises(NotPermitted):
        await named.caller("org_2", organization="org_1")


async def test_a_claim_may_be_inside_another_one() -> None:
    named = Named(organization_claim="/tenant/id")
    assert (await named.caller(tenant={"id": "org_x"})).organization == "org_x"
    for tenant in ("org_x", {"id": ["org_x"]}, {"id": {"id": "org_x"}}, {}, None):
        with pytest.raises(Unauthenticated, match="/tenant/id"):
            await named.caller(tenant=tenant)


async def test_a_login_is_in_the_claim_that_is_configured() -> None:
    named = Named(organization="org_a", subject_claim="oid")
    caller = await named.caller(sub="differs in each application", oid="5c3d")
    assert caller.login == ("https://own.example", "5c3d")
    for oid in (None, "", 5, ["5c3d"], "a\nb", "x" * 501):
        with pytest.raises(Unauthenticated, match="claim `oid`"):
            await named.caller(oid=oid)
    service = await named.caller(goldenthread_service="goldenthread-goals", sub="client")
    assert (service.service, service.subject) == (True, "client")


async def test_an_administrator_of_the_installation_needs_no_organization_and_acts_in_none_then() -> None:
    how = {"administrator_claim": "groups", "administrator_values": ("operators",)}
    named = Named(organizations=MAPPING, organization_claim="groups", **how)
    alone = await named.caller(groups=["operators"])
    assert (alone.installation_administrator, alone.organizations) == (True, ())
    with pytest.raises(NotPermitted, match="acts in no organization"):
        alone.chosen_organization()
    also = await named.caller(groups=["operators", "a"])
    assert (also.installation_administrator, also.chosen_organization()) == (True, "org_a")
    assert not also.permits("org_b")


async def test_a_service_is_in_no_organization_and_chooses_none() -> None:
    service = await mapped().caller("org_x", goldenthread_service="goldenthread-goals", groups=["a", "b"])
    assert service.organization is None
    assert not service.permits("org_a")
    with pytest.raises(NotPermitted, match="speaks for a service"):
        service.chosen_organization()


def test_a_caller_who_is_made_without_a_list_is_of_one_organization() -> None:
    caller = Caller("ada", "org_1", False, Secret("token"))
    assert (caller.permits("org_1"), caller.permits("org_2")) == (True, False)


@pytest.mark.parametrize("extra", [6_000, LONGEST_TOKEN])
async def test_a_token_of_six_thousand_characters_is_taken_and_one_without_end_is_not(extra: int) -> None:
    groups = [f"{each:010}" for each in range(extra // 17)]
    named = mapped()
    if extra == 6_000:
        assert (await named.caller(groups=[*groups, "a"])).organization == "org_a"
    else:
        with pytest.raises(Unauthenticated, match="longer than"):
            await named.caller(groups=[*groups, "a"])
        assert named.issuer.asked == 0


async def test_ten_thousand_groups_of_one_letter_are_looked_at() -> None:
    with pytest.raises((Unauthenticated, NotPermitted)):
        await mapped().caller(groups=["x"] * 10_000)
    assert (await mapped().caller(groups=[*["x"] * 2_000, "a"])).organization == "org_a"


@given(JSON, JSON, st.none() | st.text(max_size=8) | st.sampled_from(sorted(MAPPING.values())))
@settings(max_examples=150, deadline=None)
def test_whatever_a_token_claims_it_is_for_mapped_organizations(groups: Any, other: Any, chosen: str | None) -> None:
    async def asked() -> None:
        try:
            caller = await mapped().caller(chosen, groups=groups, organization=other)
        except NotPermitted:
            return
        values = {groups} if isinstance(groups, str) else {each for each in groups if isinstance(each, str)}
        assert set(caller.organizations) == {MAPPING[each] for each in values if each in MAPPING}
        assert caller.organization in {None, *caller.organizations}
        assert chosen is None or caller.organization == chosen

    asyncio.run(asked())
