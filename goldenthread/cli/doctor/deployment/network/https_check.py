"""The files for HTTPS: the certificate that a process answers with, and the authorities by which it trusts others."""

from __future__ import annotations

from datetime import UTC, datetime

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.issuer.token_claims import duration_text
from goldenthread.runtime.configuration.certificates import (
    SOON,
    CertificateFiles,
    CertificateProblem,
    check_expiry,
    content_of,
    server_context,
)
from goldenthread.runtime.configuration.settings import ProcessSettings, variable
from goldenthread.runtime.process.https_certificate import VARIABLES, certificate_files

_CERTIFICATE, _AUTHORITIES = "certificate", "authorities"


async def check(case: ExaminedProcess, findings: CheckFindings) -> None:
    """Examine what the settings name, without asking anybody."""
    _certificate(case.settings, findings)
    _authorities(case.settings, findings)


def _certificate(settings: ProcessSettings, findings: CheckFindings) -> None:
    files = certificate_files(settings)
    if files is None:
        return
    try:
        content = content_of(files)
        server_context(files, content)
        check_expiry(files, content)
    except CertificateProblem as error:
        findings.problem(str(error), f"see {VARIABLES}", _CERTIFICATE)
        return
    assert content.expires_at is not None
    left = content.expires_at - datetime.now(UTC)
    says = f"the one in {files.certificate} expires in {duration_text(left.total_seconds())}"
    if left < SOON:
        findings.warning(says, f"put a new one into the files of {VARIABLES}: they are read again", _CERTIFICATE)
    else:
        findings.fine(says, _CERTIFICATE)


def _authorities(settings: ProcessSettings, findings: CheckFindings) -> None:
    if settings.http_ca_file is None:
        return
    try:
        content_of(CertificateFiles(settings.http_ca_file))
    except CertificateProblem as error:
        findings.problem(str(error), f"see {variable('http_ca_file')}", _AUTHORITIES)
    else:
        findings.fine(f"those in {settings.http_ca_file} can be read", _AUTHORITIES)
