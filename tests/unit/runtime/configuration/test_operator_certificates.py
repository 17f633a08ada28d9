"""Certificates as operators make them are taken: Strimzi's have no identifier of their authority's key.

Python 3.13 refuses them where a context is made by `ssl.create_default_context`, which then wants them strictly as RFC
5280 says (https://github.com/strimzi/strimzi-kafka-operator/issues/11375).
"""

from __future__ import annotations

import ssl

from goldenthread.runtime.configuration.certificates import CertificateContent, CertificateFiles, client_context


def test_our_client_of_kafka_verifies_who_the_broker_is_and_asks_for_no_more() -> None:
    context = client_context(CertificateFiles(), CertificateContent(b"", b"", b"", None), ssl.SSLContext)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
