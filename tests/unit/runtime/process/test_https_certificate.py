"""The files of HTTPS, looked at before a process starts: before it has a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldenthread.runtime.configuration.certificates import CertificateProblem
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.process.https_certificate import check_files
from tests.support.https_server import HttpsFiles


def settings(**more: Any) -> ProcessSettings:
    return ProcessSettings(kafka="kafka:9092", issuer="https://login.example.com", **more)


def test_the_settings_of_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    files = HttpsFiles(tmp_path)
    missing = settings(http_certificate_file=str(files.certificate), http_key_file=str(tmp_path / "none"))
    with pytest.raises(CertificateProblem, match=r"GOLDENTHREAD_HTTP_KEY_FILE: .*none cannot be read"):
        check_files(missing)
    with pytest.raises(CertificateProblem, match=r"GOLDENTHREAD_HTTP_CA_FILE: .*none cannot be read"):
        check_files(settings(http_ca_file=str(tmp_path / "none")))


def test_a_certificate_that_expires_soon_is_not_logged_before_there_is_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = HttpsFiles(tmp_path)
    check_files(settings(http_certificate_file=str(files.certificate), http_key_file=str(files.key)))
    assert caplog.messages == []
