"""Quantities as Kubernetes writes them."""

from __future__ import annotations

from decimal import Decimal

MIB = 2**20
_SUFFIXES = {"Ki": 2**10, "Mi": MIB, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def bytes_of(quantity: str | int) -> int:
    """The bytes of a quantity of memory: `512Mi`, `2G`, 1024."""
    text = str(quantity)
    for suffix, factor in _SUFFIXES.items():
        if text.endswith(suffix):
            return int(Decimal(text.removesuffix(suffix)) * factor)
    return int(Decimal(text))
