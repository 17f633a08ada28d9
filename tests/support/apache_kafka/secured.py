"""Apache Kafka that wants to know who comes: by a certificate at one listener, by a token at another.

The listener of `ApacheKafka.address` stays open to administrators.
"""

from __future__ import annotations

import re
from pathlib import Path

from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import HOST, free_ports
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.certificate_authority import CertificateAuthority

_SETTINGS = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS
inter.broker.listener.name=PLAINTEXT
{listeners},CERTIFICATES://{certificates},TOKENS://{tokens}
{advertised},CERTIFICATES://{certificates},TOKENS://{tokens}
{protocols},CERTIFICATES:SSL,TOKENS:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={own}
ssl.truststore.type=PEM
ssl.truststore.location={trusted}
listener.name.certificates.ssl.client.auth=required
listener.name.tokens.ssl.client.auth=none
listener.name.tokens.sasl.enabled.mechanisms=OAUTHBEARER
listener.name.tokens.oauthbearer.connections.max.reauth.ms=60000
listener.name.tokens.oauthbearer.sasl.jaas.config={module}.OAuthBearerLoginModule required;
listener.name.tokens.oauthbearer.sasl.server.callback.handler.class={module}.OAuthBearerValidatorCallbackHandler
listener.name.tokens.oauthbearer.sasl.oauthbearer.jwks.endpoint.url={issuer}/jwks.json
listener.name.tokens.oauthbearer.sasl.oauthbearer.expected.audience={audience}
listener.name.tokens.oauthbearer.sasl.oauthbearer.expected.issuer={identifier}
"""
_MODULE = "org.apache.kafka.common.security.oauthbearer"


class SecuredKafka(ApacheKafka):
    """A broker at `certificates` for who has one of `authority`, and at `tokens` for who has one of `issuer`.

    It speaks TLS at both. Who came with a token is asked again when that expires: the connection is closed then.
    """

    def __init__(self, folder: Path, authority: CertificateAuthority, issuer: Issuer) -> None:
        super().__init__(folder)
        self._authority, self._issuer = authority, issuer
        self._ports = free_ports(2)
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={issuer.url}/jwks.json"
        self._options = (allowed, "-Dauthorizer.level=debug")

    @property
    def certificates(self) -> str:
        """The bootstrap server for certificates."""
        return f"{HOST}:{self._ports[0]}"

    @property
    def tokens(self) -> str:
        """The bootstrap server for tokens."""
        return f"{HOST}:{self._ports[1]}"

    @property
    def users(self) -> set[str]:
        """Whom it took those for who came so far."""
        return set(re.findall(r"Principal = User:(\S+) is Allowed", self.log.read_text(errors="replace")))

    def _more_settings(self, settings: str) -> str:
        listeners, advertised, protocols = (
            line for line in settings.splitlines() if re.match(r"(advertised\.)?listeners=|listener\.security", line)
        )
        own, trusted = self._folder / "broker.pem", self._folder / "trusted.pem"
        pair = self._authority.issue("broker")
        own.write_bytes(pair.key + pair.certificate)
        trusted.write_bytes(self._authority.pem)
        return _SETTINGS.format(
            listeners=listeners,
            advertised=advertised,
            protocols=protocols,
            certificates=self.certificates,
            tokens=self.tokens,
            own=own,
            trusted=trusted,
            issuer=self._issuer.url,
            audience=self._issuer.audience,
            identifier=self._issuer.identifier,
            module=_MODULE,
        )
