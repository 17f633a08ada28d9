"""An address that cannot be reached."""

from __future__ import annotations

from goldenthread.cli.common.errors import unreachable


def test_of_an_authority_that_is_not_known_the_variable_is_named() -> None:
    refused = unreachable("https://host/graphql", OSError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
    assert "SSL_CERT_FILE" in str(refused)
    assert str(unreachable("http://host", ConnectionError())) == "http://host cannot be reached: ConnectionError"
