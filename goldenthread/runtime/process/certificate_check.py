"""The certificates for Kafka, checked when a process starts: a problem is reported before the process waits for
anything, and a certificate of its own that expires soon while there is time.
"""

from __future__ import annotations

import logging
import ssl
from datetime import UTC, datetime

from goldenthread.runtime.configuration.certificates import (
    SOON,
    CertificateContent,
    CertificateFiles,
    CertificateProblem,
    check_expiry,
    client_context,
    content_of,
)
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.variables import variable

log = logging.getLogger(__name__)

_SETTINGS = ("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")
VARIABLES = ", ".join(variable(name) for name in _SETTINGS)
"""The settings that name the files."""


def examine(settings: ProcessSettings) -> tuple[CertificateFiles, CertificateContent] | None:
    """The files for Kafka and what is in them; None where it is not spoken to by TLS.

    Raises CertificateProblem for files that cannot be used now.
    """
    if not settings.kafka_security_protocol.endswith("SSL"):
        return None
    files = CertificateFiles(*(getattr(settings, name) for name in _SETTINGS))
    content = content_of(files)
    client_context(files, content, ssl.SSLContext)
    check_expiry(files, content)
    return files, content


def log_problems(settings: ProcessSettings) -> None:
    """Log what is wrong with the certificates, or soon will be."""
    try:
        found = examine(settings)
    except CertificateProblem as error:
        log.warning("TLS to Kafka: %s; see %s", error, VARIABLES)
        return
    if found is not None and found[1].expires_at is not None and found[1].expires_at - datetime.now(UTC) < SOON:
        log.warning("TLS to Kafka: the certificate in %s expires at %s", found[0].certificate, found[1].expires_at)
