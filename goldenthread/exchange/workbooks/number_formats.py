"""Formats of numbers in the workbooks of Excel, old and new."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
OWN_PERCENTAGES = (9, 10)
"""The numbers of Excel's own formats that show a percentage."""


def is_percentage(format: str) -> bool:
    """Whether a number is shown times a hundred, with a percent sign."""
    return "%" in _QUOTED.sub("", format)
