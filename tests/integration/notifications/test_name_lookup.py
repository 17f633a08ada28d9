"""Name lookups: bounded in time, and one that hangs delays no other; every address of a host is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.notifications.webhooks.name_lookup import CannotResolve, Resolver, open_resolver
from services.notifications.webhooks.targets import BadTarget, TargetPolicy
from tests.support.asgi_server import eventually
from tests.support.name_server import NameServer, name_server

NAMES = {
    "public.example": ["93.184.216.34", "2606:4700:4700::1111"],
    "mixed.example": ["93.184.216.34", "10.0.0.1"],
    "mixed6.example": ["93.184.216.34", "fd00::1"],
    "many.example": [f"93.184.{high}.{low}" for high in range(2) for low in range(40)],
}


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with name_server(NAMES) as made:
        yield made


@pytest.fixture
async def lookups(server: NameServer) -> AsyncIterator[Resolver]:
    async with open_resolver(nameservers=[f"127.0.0.1:{server.port}"]) as made:
        yield made


async def test_a_name_has_all_its_addresses_of_both_kinds(lookups: Resolver) -> None:
    assert set(await lookups.addresses("public.example")) == set(NAMES["public.example"])
    assert set(await lookups.addresses("localhost")) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["nowhere.example", "many.example", "a" * 64 + ".example", "xn--", "..", "a" * 300])
async def test_a_name_without_addresses_that_can_be_used_is_refused(lookups: Resolver, host: str) -> None:
    with pytest.raises(CannotResolve):
        await lookups.addresses(host)


@pytest.mark.parametrize("host", ["mixed.example", "mixed6.example", "localhost"])
async def test_a_name_with_one_private_address_is_refused(lookups: Resolver, host: str) -> None:
    targets = TargetPolicy(lookups)
    assert await targets.addresses(targets.url("https://public.example/"))
    with pytest.raises(BadTarget, match="not on the public internet"):
        await targets.addresses(targets.url(f"https://{host}/"))


async def test_lookups_that_hang_end_in_seconds_and_delay_no_other(lookups: Resolver) -> None:
    hanging = {asyncio.create_task(lookups.addresses(f"{number}.hang")) for number in range(100)}
    await asyncio.sleep(0)
    assert lookups.in_flight == 100
    good = asyncio.create_task(lookups.addresses("public.example"))
    first, _ = await asyncio.wait({good, *hanging}, return_when=asyncio.FIRST_COMPLETED)
    assert first == {good}
    assert await good
    async with asyncio.timeout(20):
        ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(each) for each in ended} == {CannotResolve}


async def test_more_lookups_than_there_is_room_for_fail_at_once(server: NameServer) -> None:
    async with open_resolver(room=3, nameservers=[f"127.0.0.1:{server.port}"]) as lookups:
        hanging = [asyncio.create_task(lookups.addresses(f"{number}.hang")) for number in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(CannotResolve):
            await asyncio.wait_for(lookups.addresses("public.example"), 1)
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_lookup_nobody_waits_for_any_more_ends_by_itself(lookups: Resolver) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await lookups.addresses("given-up.hang")
    await eventually(lambda: lookups.in_flight == 0)
