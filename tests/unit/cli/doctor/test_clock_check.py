"""What time it is by an issuer's clock that says so nowhere but in its tokens."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess, ServiceTokenResult
from goldenthread.cli.doctor.deployment.issuer.clock_check import time_of_own_token
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import ProcessSettings

CLIENT: dict[str, Any] = {"service_client_id": "goldenthread-gateway", "service_client_secret": Secret("hidden")}


async def found(claims: dict[str, Any] | None, **settings: Any) -> datetime | None:
    told = ProcessSettings(kafka="kafka:9092", issuer="https://login.example.com", **settings)
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
    own = ServiceTokenResult(None if claims is None else Secret(f"e30.{body}.c2ln"))

    async def token() -> ServiceTokenResult:
        return own

    async with httpx.AsyncClient() as http:
        return await time_of_own_token(ExaminedProcess(PROCESSES[-1], told, {}, http, asyncio.create_task(token())))


async def test_it_is_when_the_token_was_given_that_was_just_asked_for() -> None:
    assert await found({"iat": 1_796_000_000}, **CLIENT) == datetime.fromtimestamp(1_796_000_000, UTC)


@pytest.mark.parametrize("claims", [None, {}, {"iat": "now"}, {"iat": True}, {"iat": -1}, {"iat": 1e300}])
async def test_a_token_that_says_no_time_says_nothing(claims: dict[str, Any] | None) -> None:
    assert await found(claims, **CLIENT) is None


async def test_a_token_that_was_given_to_the_process_is_of_any_age() -> None:
    assert await found({"iat": 1_796_000_000}, service_token=Secret("e30.e30.c2ln")) is None
