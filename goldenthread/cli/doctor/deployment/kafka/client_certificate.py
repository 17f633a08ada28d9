"""The certificates for Kafka, before any broker is asked."""

from __future__ import annotations

from datetime import UTC, datetime

from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.issuer.token_claims import duration_text
from goldenthread.runtime.configuration.certificates import SOON, CertificateProblem
from goldenthread.runtime.configuration.settings import ProcessSettings, variable
from goldenthread.runtime.process.certificate_check import VARIABLES, examine

_OF = "certificate"


def check(settings: ProcessSettings, findings: CheckFindings) -> None:
    """Examine the files that the settings name: can they be used, and is the certificate valid for a while?"""
    try:
        found = examine(settings)
    except CertificateProblem as error:
        raise findings.stop(str(error), f"see {VARIABLES}", _OF) from error
    if found is None or found[1].expires_at is None:
        return
    left = found[1].expires_at - datetime.now(UTC)
    says = f"the one in {found[0].certificate} expires in {duration_text(left.total_seconds())}"
    if left < SOON:
        both = f"{variable('kafka_certificate_file')} and {variable('kafka_key_file')}"
        mend = f"put a new one into the files of {both}: they are read again"
        findings.warning(says, mend, _OF)
    else:
        findings.fine(says, _OF)
