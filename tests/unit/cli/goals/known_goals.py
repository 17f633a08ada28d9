"""Goals as the gateway answers them."""

from __future__ import annotations

A, B, C, D = (f"objective_{letter * 32}" for letter in "abcd")
