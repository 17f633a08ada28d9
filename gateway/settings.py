"""Settings of the gateway."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from goldenthread.runtime.configuration.settings import ProcessSettings, Seconds


class Settings(ProcessSettings, frozen=True, kw_only=True):
    """Where the upstreams are, and how much one request may ask for."""

    goals_url: str
    """Where goals answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    alignment_url: str
    """Where alignment answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    notifications_url: str
    """Where notifications answers: `http://HOST:PORT`, or `https://HOST:PORT` where it has a certificate."""
    idle_seconds: Seconds = 1800.0
    """Organizations that nobody asked for in this time are forgotten."""
    heads_seconds: Seconds = 2.0
    """How often the upstreams are asked what they have written."""
    introspection: bool = True
    """Whether clients may ask for the schema (`__schema`, `__type`)."""
    explorer: bool = True
    """Whether a browser that opens the endpoint gets a page to try it out."""
    caller_sockets: Annotated[int, Meta(ge=1)] = 50
    """WebSockets that one caller may have open at once."""
    caller_subscriptions: Annotated[int, Meta(ge=1)] = 1_000
    """Subscriptions of one caller, on all their WebSockets."""
    caller_requests: Annotated[int, Meta(ge=1)] = 20
    """Queries and mutations of one caller that are answered at once; the next is answered 429 (RATE_LIMITED)."""
    cors_origins: str = ""
    """Origins, separated by spaces, whose pages may call from a browser; `*` for all."""
