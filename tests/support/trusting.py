"""Issuers of tests, as a process trusts them."""

from __future__ import annotations

from typing import Any

from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.configuration.trusted_issuers import TrustedIssuer


def trusted(issuer: str, **other: Any) -> TrustedIssuer:
    """An issuer that vouches for services, unless `other` says otherwise."""
    values: dict[str, Any] = {"issuer": issuer, "place": "the test", "services": True, **other}
    return TrustedIssuer(**values)


def trusting(issuer: Issuer, **other: Any) -> TrustedIssuer:
    """The same of an issuer that runs."""
    return trusted(issuer.identifier, **{"url": issuer.url, "audience": issuer.audience, **other})
