"""Apache Kafka as Strimzi runs it: its users show a certificate, may do what they were granted, and nothing else.

Every decision of its authorizer is logged. The listener of `ApacheKafka.address` stays open to administrators, as
Strimzi's own listener is for its operators.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from goldenthread.launcher.issuer import Issuer
from tests.support.apache_kafka.secured import SecuredKafka
from tests.support.asgi_server import eventually
from tests.support.certificate_authority import CertificateAuthority

_LITERAL, _ALLOW = 3, 3
_KINDS = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Describe": 8, "DescribeConfigs": 10}
_DECIDED = re.compile(
    r"Principal = User:(?:CN=)?(\S+) is (Allowed|Denied) operation = (\w+) .*? on resource = (\w+):LITERAL:(\S+)"
)


class Permission(NamedTuple):
    """`user` may do `operation` (Read, Write, Describe, DescribeConfigs) on a `kind` (topic, group) of this `name`."""

    user: str
    operation: str
    kind: str
    name: str


class GuardedKafka(SecuredKafka):
    """A broker to which users come at `certificates`."""

    def __init__(self, folder: Path, issuer: Issuer) -> None:
        super().__init__(folder, CertificateAuthority("clients"), issuer)
        self._files = folder / "users"
        self._files.mkdir(parents=True)

    def options(self, user: str) -> dict[str, Any]:
        """What a client of aiokafka that comes as `user` is made with."""
        authority, certificate, key = self._issued(user)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        context.load_cert_chain(certificate, key)
        return {"bootstrap_servers": self.certificates, "security_protocol": "SSL", "ssl_context": context}

    def variables(self, user: str) -> Mapping[str, str]:
        """The environment of a process that comes as `user`."""
        authority, certificate, key = self._issued(user)
        return {
            "GOLDENTHREAD_KAFKA": self.certificates,
            "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL": "SSL",
            "GOLDENTHREAD_KAFKA_CA_FILE": str(authority),
            "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE": str(certificate),
            "GOLDENTHREAD_KAFKA_KEY_FILE": str(key),
        }

    async def grant(self, *permissions: Permission) -> None:
        """Allow these; returns when the broker does."""
        await self._change(CreateAclsRequest, permissions, granted=True)

    async def revoke(self, permission: Permission) -> None:
        """Allow it no more; returns when the broker does not."""
        await self._change(DeleteAclsRequest, [permission], granted=False)

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

    async def _change(self, request: Any, permissions: Collection[Permission], granted: bool) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            for each in permissions:
                answer = await admin._send_request(_about(request, each))
                (first, *_) = getattr(answer, "creation_responses", None) or answer.filter_responses
                assert first[0] == 0, first
            # The controller answers before the broker's authorizer, which answers DescribeAcls, has learned of it.
            for each in permissions:
                await eventually(partial(_stands, admin, each, granted))
        finally:
            await admin.close()

    def _issued(self, user: str) -> tuple[Path, Path, Path]:
        """The files of a user: the authority, and a certificate of its own with its key."""
        authority, certificate, key = (self._files / name for name in ("ca.crt", f"{user}.crt", f"{user}.key"))
        if not certificate.exists():
            authority.write_bytes(self._authority.pem)
            self._authority.issue(user).write(certificate, key)
        return authority, certificate, key

    def _more_settings(self, settings: str) -> str:
        return super()._more_settings(settings) + "allow.everyone.if.no.acl.found=false\n"


def _about(request: Any, each: Permission) -> Any:
    principal, kind, operation = f"User:CN={each.user}", _KINDS[each.kind], _OPERATIONS[each.operation]
    return request(kind, each.name, _LITERAL, principal, "*", operation, _ALLOW)


async def _stands(admin: AIOKafkaAdminClient, each: Permission, granted: bool) -> bool:
    """Whether the broker has a permission, or has it no more."""
    answer = await admin._send_request(_about(DescribeAclsRequest, each))
    assert answer.error_code == 0, answer
    return bool(answer.resources) is granted
