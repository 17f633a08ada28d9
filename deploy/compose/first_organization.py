"""Makes the organization `org_local` with the administrator of the realm, and prints a token of theirs (ten minutes).

Run by `docker compose run --rm first-organization`; run again, it only prints a new token.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

ORGANIZATION = {
    "id": "org_local",
    "name": "My organization",
    "admin_name": "Local administrator",
    "admin_subject": "5f6f1c0e-6a1f-4a9e-8a55-0d7f5a8b1c01",
}
SECRETS = Path(os.environ.get("SECRETS", "/run/secrets"))
GOALS = os.environ.get("GOALS", "http://goals:8080")


def main() -> None:
    """Create it as the operator, then ask for the person's token."""
    operator = token(
        grant_type="client_credentials",
        client_id="goldenthread-operator",
        client_secret=secret("operator-client-secret"),
    )
    headers = {"Authorization": f"Bearer {operator}", "Content-Type": "application/json"}
    with urlopen(
        Request(f"{GOALS}/v1/organizations", json.dumps(ORGANIZATION).encode(), headers), timeout=30
    ) as answer:
        print(answer.read().decode(), file=sys.stderr)
    print(
        token(
            grant_type="password",
            client_id="goldenthread-people",
            username="admin",
            password=secret("person-password"),
        )
    )


def token(**form: str) -> str:
    """What the issuer gives for this form."""
    url = f"{os.environ['GOLDENTHREAD_ISSUER']}/protocol/openid-connect/token"
    with urlopen(Request(url, urlencode(form).encode()), timeout=30) as answer:
        return str(json.load(answer)["access_token"])


def secret(name: str) -> str:
    """The content of a file of secrets.sh."""
    return (SECRETS / name).read_text()


if __name__ == "__main__":
    main()
