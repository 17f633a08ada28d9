"""Idempotency keys that are refused."""

from __future__ import annotations

BAD_KEYS = [
    "", " ", "   ", "\n", "a\n", "a\nb", "\ta", "a\tb", "a\x00", "\x7f", "é", "٣", "a\u200b", "\ud800", " a", "a ",
    "x" * 201,
]  # fmt: skip
