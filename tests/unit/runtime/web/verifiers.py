"""Verifiers that trust whoever asks."""

from __future__ import annotations

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier

ADA = Caller("ada", "org_1", False, Secret("token"))


class Anybody(Verifier):
    def __init__(self) -> None: ...

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        return ADA
