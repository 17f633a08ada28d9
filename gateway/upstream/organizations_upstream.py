"""What administrators of the installation ask of goals, which decides whether they may: each with their own token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.upstream.upstream_client import UpstreamClient
from goldenthread.contracts.secret import Secret

PATH = "/v1/organizations"
SECONDS = 15.0
"""As long as a command may take."""


class OrganizationsRequest(NamedTuple):
    """A request to goals: `path` follows `PATH`: an organization's id, what is of it, or nothing; `body` is JSON."""

    method: str
    token: Secret
    path: str = ""
    query: Mapping[str, str] = {}
    body: bytes = b""


class OrganizationsAnswer(NamedTuple):
    """The answer of goals: `content` is JSON."""

    status: int
    content: bytes


class OrganizationsUpstream:
    """The organizations of goals. Raises `Unreachable`, and `NotSent` where nothing was sent."""

    def __init__(self, goals: UpstreamClient) -> None:
        self._goals = goals

    async def send(self, request: OrganizationsRequest) -> OrganizationsAnswer:
        """The answer of goals, whatever it is."""
        headers = {"Authorization": f"Bearer {request.token.reveal()}", "Content-Type": "application/json"}
        path = f"{PATH}/{request.path}" if request.path else PATH
        answer = await self._goals.send(
            request.method, path, SECONDS, params=dict(request.query), headers=headers, content=request.body
        )
        return OrganizationsAnswer(answer.status_code, answer.content)
