"""Apache Kafka with its own authorizer: users sign in, and may do what they were granted; every decision is logged.

The listener of `ApacheKafka.address` stays open to administrators, as Strimzi's own listener is for its operators.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

from goldenthread.launcher.ports import HOST, free_port
from tests.support.apache_kafka.broker import ApacheKafka

_LITERAL, _ALLOW = 3, 3
_KINDS = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}
_SETTINGS = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
inter.broker.listener.name=PLAINTEXT
{listeners},CLIENTS://{clients}
{advertised},CLIENTS://{clients}
{protocols},CLIENTS:SASL_PLAINTEXT
listener.name.clients.sasl.enabled.mechanisms=PLAIN
listener.name.clients.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {users};
"""
_DECIDED = re.compile(
    r"Principal = User:(\S+) is (Allowed|Denied) operation = (\w+) .*? on resource = (\w+):LITERAL:(\S+)"
)


class Permission(NamedTuple):
    """`user` may do `operation` (Read, Write, Describe, DescribeConfigs) on a `kind` (topic, group) of this `name`."""

    user: str
    operation: str
    kind: str
    name: str


class GuardedKafka(ApacheKafka):
    """A broker to which `users` come at `clients`."""

    _options = ("-Dauthorizer.level=debug",)

    def __init__(self, folder: Path, users: Iterable[str]) -> None:
        super().__init__(folder)
        self._passwords = {user: secrets.token_hex(16) for user in users}
        self._clients = free_port()

    @property
    def clients(self) -> str:
        """The bootstrap server of the users."""
        return f"{HOST}:{self._clients}"

    def options(self, user: str) -> dict[str, str]:
        """What a client of aiokafka that comes as `user` is made with."""
        return {
            "bootstrap_servers": self.clients,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": user,
            "sasl_plain_password": self._passwords[user],
        }

    def variables(self, user: str) -> Mapping[str, str]:
        """The environment of a process that comes as `user`."""
        return {
            "GOLDENTHREAD_KAFKA": self.clients,
            "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "GOLDENTHREAD_KAFKA_SASL_MECHANISM": "PLAIN",
            "GOLDENTHREAD_KAFKA_SASL_USERNAME": user,
            "GOLDENTHREAD_KAFKA_SASL_PASSWORD": self._passwords[user],
        }

    async def grant(self, *permissions: Permission) -> None:
        """Allow these."""
        await self._change(CreateAclsRequest, permissions)

    async def revoke(self, permission: Permission) -> None:
        """Allow it no more."""
        await self._change(DeleteAclsRequest, [permission])

    @property
    def used(self) -> set[Permission]:
        """What was asked for and allowed so far, but for descriptions: clients ask for those of every topic."""
        return {each for each in self._decided("Allowed") if each.operation != "Describe"}

    @property
    def denied(self) -> set[Permission]:
        """What was asked for in vain so far."""
        return self._decided("Denied")

    def _decided(self, how: str) -> set[Permission]:
        found = _DECIDED.findall(self.log.read_text(errors="replace"))
        return {
            Permission(user, operation.title().replace("_", ""), kind.lower(), name)
            for user, decision, operation, kind, name in found
            if decision == how and user != "ANONYMOUS"
        }

    async def _change(self, request: Any, permissions: Iterable[Permission]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            for each in permissions:
                principal, kind, operation = f"User:{each.user}", _KINDS[each.kind], _OPERATIONS[each.operation]
                asked = request(kind, each.name, _LITERAL, principal, "*", operation, _ALLOW)
                answer = await admin._send_request(asked)
                (first, *_) = getattr(answer, "creation_responses", None) or answer.filter_responses
                assert first[0] == 0, first
        finally:
            await admin.close()

    def _more_settings(self, settings: str) -> str:
        listeners, advertised, protocols = (
            line for line in settings.splitlines() if re.match(r"(advertised\.)?listeners=|listener\.security", line)
        )
        users = " ".join(f'user_{user}="{password}"' for user, password in self._passwords.items())
        return _SETTINGS.format(
            listeners=listeners, advertised=advertised, protocols=protocols, clients=self.clients, users=users
        )
