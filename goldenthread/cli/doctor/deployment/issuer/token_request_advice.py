"""What to do when an issuer refuses a client its token, by the error that it names (RFC 6749, 5.2)."""

from __future__ import annotations

from goldenthread.runtime.configuration.settings import FILE, variable

_ID, _SECRET = variable("service_client_id"), variable("service_client_secret")
_CREDENTIALS = f"see that {_ID} and {_SECRET} are as the issuer has them"
_GRANT = "that the issuer allows this client the grant client_credentials (Keycloak: service account)"
_SCOPE = variable("service_scope")

_ADVICE = {
    "invalid_client": f"{_CREDENTIALS}; {_SECRET}{FILE} names a file that holds the secret alone",
    "unauthorized_client": f"{_CREDENTIALS}, and {_GRANT}",
    "unsupported_grant_type": f"see {_GRANT}",
    "invalid_scope": f"set {_SCOPE} to a scope that the issuer allows this client",
    "invalid_target": f"set {_SCOPE} to a scope that leads to {variable('audience')}",
    "access_denied": f"see that a policy of the issuer allows this client {_SCOPE}, without a user",
    "invalid_dpop_proof": "have the issuer give this client tokens without DPoP, which our processes do not send",
}


def advice(error: str) -> str:
    """What to do about this error code; the credentials are looked at first when it is not known."""
    return _ADVICE.get(error, _CREDENTIALS)
