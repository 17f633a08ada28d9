"""The certificate with which a process answers HTTPS, as its settings name it."""

from __future__ import annotations

from goldenthread.runtime.configuration.certificates import (
    CertificateFiles,
    CertificateProblem,
    content_of,
    server_context,
)
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.web.server_certificate import ServerCertificate

VARIABLES = f"{variable('http_certificate_file')} and {variable('http_key_file')}"
"""The settings that name the files."""


def certificate_files(settings: ProcessSettings) -> CertificateFiles | None:
    """The files of the certificate and its key; None where this process answers HTTP."""
    if settings.http_certificate_file is None:
        return None
    return CertificateFiles(certificate=settings.http_certificate_file, key=settings.http_key_file)


def server_certificate(settings: ProcessSettings) -> ServerCertificate | None:
    """The certificate of this process; None where it answers HTTP. Raises `CertificateProblem` for files that cannot be
    used.
    """
    files = certificate_files(settings)
    return None if files is None else ServerCertificate(files)


def check_files(settings: ProcessSettings) -> None:
    """Raises `CertificateProblem`, naming the settings, for files of HTTPS that cannot be used when the process starts.

    Nothing is logged: logs do not begin before.
    """
    try:
        if (files := certificate_files(settings)) is not None:
            server_context(files, content_of(files))
    except CertificateProblem as error:
        raise CertificateProblem(f"{VARIABLES}: {error}") from error
    try:
        if settings.http_ca_file is not None:
            content_of(CertificateFiles(settings.http_ca_file))
    except CertificateProblem as error:
        raise CertificateProblem(f"{variable('http_ca_file')}: {error}") from error
