"""The first organization of compose.yaml is made as goals takes it, for the person of the realm."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goldenthread.contracts.organizations import NewOrganization
from goldenthread.launcher.ports import free_port
from tests.deploy.kustomize import DEPLOY
from tests.support.asgi_server import serving

SCRIPT = DEPLOY.parent / "compose" / "first_organization.py"
REALM = json.loads((DEPLOY / "overlays" / "local" / "goldenthread-realm.json").read_text())


async def test_the_operator_makes_it_and_its_administrator_gets_a_token(tmp_path: Path) -> None:
    forms, made = list[dict[str, list[str]]](), list[tuple[str, bytes]]()

    async def token(request: Request) -> Response:
        forms.append(parse_qs((await request.body()).decode()))
        return JSONResponse({"access_token": f"token of {forms[-1]['client_id'][0]}"})

    async def organizations(request: Request) -> Response:
        made.append((request.headers["authorization"], await request.body()))
        return JSONResponse({})

    for name in ("operator-client-secret", "person-password"):
        (tmp_path / name).write_text(f"the {name}")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    routes = [
        Route("/realm/protocol/openid-connect/token", token, methods=["POST"]),
        Route("/v1/organizations", organizations, methods=["POST"]),
    ]
    variables = {"GOLDENTHREAD_ISSUER": f"{url}/realm", "GOALS": url, "SECRETS": str(tmp_path), "no_proxy": "*"}
    async with serving(Starlette(routes=routes), port):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", SCRIPT), env=os.environ | variables, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, said.decode()) == (0, "token of goldenthread-people\n")
    ((authorization, body),) = made
    assert authorization == "Bearer token of goldenthread-operator"
    organization, (person,) = msgspec.json.decode(body, type=NewOrganization), REALM["users"]
    assert organization.admin_subject == person["id"]
    assert [organization.id] == person["attributes"]["organization"]
    assert [each["grant_type"] for each in forms] == [["client_credentials"], ["password"]]
    assert forms[0]["client_secret"] == ["the operator-client-secret"]
    assert forms[1]["password"] == ["the person-password"]
    assert forms[1]["username"] == [person["username"]]
