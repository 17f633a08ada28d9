"""All four processes by HTTPS alone, each with the certificate of an authority that only they trust."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.topic_creation import ensure_topics
from tests.integration.launcher.running_process import EVERY, NOWHERE, running
from tests.support.asgi_server import eventually
from tests.support.database_templates import DatabaseTemplates
from tests.support.graphql_client import TRANSPORT, Client
from tests.support.https_server import HttpsFiles

PURPOSE = 'mutation { publishPurpose(input: {statement: "Why we are"}) { revision errors { message } } }'
ASK = "{ viewer { person { name } } purpose { alignment { state } } alerts { totalCount } }"


async def test_a_change_is_judged_and_read_by_https_between_all_processes(
    issuer: Issuer, databases: DatabaseTemplates, new_data_dir: Path, tmp_path: Path
) -> None:
    files, ports = HttpsFiles(tmp_path), free_ports(2 * len(EVERY))
    urls = {name: f"https://127.0.0.1:{port}" for name, port in zip(EVERY, ports, strict=False)}
    told = {"HTTP_CERTIFICATE_FILE": str(files.certificate), "HTTP_KEY_FILE": str(files.key)}
    told |= {"HTTP_CA_FILE": str(files.authorities)} | {f"{name.upper()}_URL": url for name, url in urls.items()}
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Broker(new_data_dir))
        await ensure_topics(broker.address)
        started = []
        for number, name in enumerate(EVERY):
            own = {"HTTP_PORT": str(ports[number]), "INTERNAL_PORT": str(ports[len(EVERY) + number])}
            database = await databases.empty() if EVERY[name].database else NOWHERE
            making = running(name, issuer, database, broker.address, **told, **own)
            started.append(await stack.enter_async_context(making))
        for each in started:
            await each.is_ready()
        http = await stack.enter_async_context(httpx.AsyncClient(verify=files.trusting(), timeout=30))
        created = await http.post(
            f"{urls['goals']}/v1/organizations",
            json={"id": "org_https", "name": "Example", "admin_name": "Ada", "admin_subject": "ada"},
            headers={"Authorization": f"Bearer {issuer.service_token()}"},
        )
        assert created.status_code == 200, created.text
        ada = Client(http, f"{urls['gateway']}/graphql", issuer.person_token("ada", "org_https"))

        async def changed() -> bool:
            answer = (await ada.post(PURPOSE)).json()
            return "errors" not in answer and answer["data"]["publishPurpose"]["errors"] == []

        await eventually(changed, 60)

        async def judged() -> bool:
            answer = (await ada.post(ASK)).json()
            return "errors" not in answer and answer["data"]["purpose"]["alignment"]["state"] == "ALIGNED"

        await eventually(judged, 60)
        opening = connect(
            ada.url.replace("https", "wss"),
            subprotocols=[TRANSPORT],
            ssl=files.trusting(),
            additional_headers=ada.headers(),
        )
        async with opening as socket:
            await socket.send('{"type": "connection_init"}')
            assert "connection_ack" in str(await socket.recv())
        assert not any("CERTIFICATE" in line for each in started for line in each.lines)
