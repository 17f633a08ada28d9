"""The texts by which a person is known: their name, e-mail address and login, found in what files said."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from goldenthread.contracts.read_api import PersonName


class PersonalTexts:
    """Finds the name, e-mail address or login of a person as whole words, in large or small letters.

    A text without any letter, and one of a single character, say nothing of a person, and are not looked for.
    """

    def __init__(self, name: PersonName) -> None:
        told = (name.name, name.email or "", name.subject)
        terms = {found for text in told for each in _spellings(text) if (found := each.strip())}
        looked_for = [each for each in sorted(terms) if len(each) > 1 and any(map(str.isalpha, each))]
        self._pattern = re.compile(f"(?<!\\w)(?:{'|'.join(map(_words, looked_for))})(?!\\w)", re.IGNORECASE)
        self._words = [each.split()[0].casefold() for each in looked_for]

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text; in JSON, too."""
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
        folded = text.casefold()
        if not any(word in folded for word in self._words):  # most texts: the pattern takes ten times as long
            return False
        return self._pattern.search(text) is not None


def _spellings(text: str) -> list[str]:
    """A text, and as it is within a string of JSON."""
    composed = unicodedata.normalize("NFC", text)
    return [composed, msgspec.json.encode(composed).decode()[1:-1]]


def _words(text: str) -> str:
    return r"\s+".join(map(re.escape, text.split()))
