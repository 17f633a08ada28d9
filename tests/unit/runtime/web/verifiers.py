"""Verifiers that trust whoever asks."""

from __future__ import annotations

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.web.jwt import Caller, Verifier

ADA = Caller("ada", "org_1", False, Secret("token"))


class Anybody(Verifier):
    def __init__(self) -> None: ...

    async def caller(self, authorization: str | None) -> Caller:
        return ADA
