"""Asks a person at a terminal to type a word before something is done that is not easily taken back."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import ChoiceNeeded


def require_word(word: str, said: Sequence[str], *, alone: str, otherwise: str) -> None:
    """Show what is `said`, and go on once somebody has typed `word`.

    Raises ChoiceNeeded: with `alone` where nobody is there to ask, with `otherwise` where they typed something else.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ChoiceNeeded(alone)
    print(output.printable("\n".join(said)), file=sys.stderr)
    print(f"Type “{word}” to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().casefold() != word:
        raise ChoiceNeeded(otherwise)
