"""The certificates for Kafka, before any broker is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from goldenthread.cli.deployment.claims import lasting
from goldenthread.cli.deployment.findings import Findings
from goldenthread.runtime.certificates import CertificateProblem, Files, check_expiry, content_of
from goldenthread.runtime.settings import Service, variable

_SOON = timedelta(days=7)
_NAMES = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")
_OF = "certificate"


def named() -> str:
    """The variables that name the files."""
    return ", ".join(variable(name) for name in _NAMES)


def check(settings: Service, findings: Findings) -> None:
    """Examine the files that the settings name: can they be read, and is the certificate valid for a while?"""
    if not settings.kafka_security_protocol.endswith("SSL"):
        return
    files = Files(*(getattr(settings, name) for name in _NAMES))
    try:
        content = content_of(files)
        check_expiry(files, content)
    except CertificateProblem as error:
        raise findings.stop(str(error), f"see {named()}", _OF) from error
    if content.expires_at is None:
        return
    left = content.expires_at - datetime.now(UTC)
    says = f"the one in {files.certificate} expires in {lasting(left.total_seconds())}"
    if left < _SOON:
        both = f"{variable('kafka_certificate_file')} and {variable('kafka_key_file')}"
        mend = f"put a new one into the files of {both}: they are read again"
        findings.warning(says, mend, _OF)
    else:
        findings.fine(says, _OF)
