"""Which old encoding a text is in that is not UTF-8: decided on what its words look like in each, or not at all.

Plans have few characters that tell encodings apart, and `charset-normalizer` decides badly between them there: what
does are the letters that languages have, and how often. It says whether the text is a mess in what was found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from msgspec import Struct

from goldenthread.exchange.text.letter_frequencies import (
    LETTER_RATES,
    LOWEST_RATE,
    ONE_LETTER_WORDS,
    RARE_LANGUAGES,
    SIGN_RATES,
    STOP_WORDS,
    Fit,
    fit,
)

COMMON_ENCODINGS = {
    "cp1252": "Windows-1252",
    "mac_roman": "MacRoman",
    "cp1250": "Windows-1250",
    "cp850": "the encoding of MS-DOS (850)",
}
ENCODINGS = COMMON_ENCODINGS | {
    "iso8859_15": "ISO 8859-15",
    "iso8859_2": "ISO 8859-2",
    "cp1254": "Windows-1254",
    "cp1257": "Windows-1257",
    "cp852": "the encoding of MS-DOS (852)",
    "cp857": "the encoding of MS-DOS (857)",
    "mac_latin2": "the encoding of old Macintoshes for Central Europe",
    "mac_turkish": "the encoding of old Macintoshes for Turkish",
    "mac_iceland": "the encoding of old Macintoshes for Icelandic",
}
"""What people's programs write, and what it is called. Of two that give the same text, the earlier is named."""
UNSUPPORTED_ENCODINGS = {
    "cp775": "the encoding of MS-DOS (775)",
    "iso8859_4": "ISO 8859-4",
    "iso8859_10": "ISO 8859-10",
    "iso8859_16": "ISO 8859-16",
    "hp_roman8": "the encoding of HP-UX",
    "mac_croatian": "the encoding of old Macintoshes for Croatian",
}
"""Others that a text may be in: where one of them suits it best, it is refused, not read as what comes next."""
SAMPLE = 2**16
"""Bytes of lines that are looked at, at most."""
_LINE = 2**8
"""Of a line that is looked at because of one byte of it, on both sides of that."""
_LINES = 2**15
"""Lines with such bytes that are looked at, at most: many are the same."""
_ASCII = bytes(range(128))
_WORDS = 2_000
_LONGEST_WORD = 100
"""Characters of a word that are looked at."""
_MESS = 0.5
"""Of charset-normalizer's chaos, at most; bytes that are no text have more in any encoding."""
_SURE = math.log(1000)
"""So much more likely than any other reading (1000 to 1) is what is taken."""
_UNUSUAL = math.log(1e-4)
"""How much rarer other encodings are than the usual ones, and some languages: few letters must not speak for them."""
_FOREIGN = 2e-6
"""How often a language has a letter that is not its own: in names."""
_MOST_UNUSUAL = 0.25
"""Of the characters: more of them where they do not belong is no text of ours (Cyrillic, Japanese)."""
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*", re.UNICODE)
_ASCII_WORD = re.compile(rb"(?<![\x80-\xff\w])[A-Za-z]{2,8}(?![\x80-\xff\w])")


class EncodingCandidate(Struct, frozen=True):
    """A text in one encoding. `example` is a word that tells encodings apart."""

    encoding: str
    likelihood: float
    text: str


class UndecidedEncoding(Exception):
    """No encoding is surely right. `candidates` are the most likely two; none where the text is a mess in all."""

    def __init__(self, candidates: list[EncodingCandidate]) -> None:
        super().__init__()
        self.candidates = candidates


def detect_encoding(content: bytes) -> str:
    """The encoding of a text that is not UTF-8, one of `ENCODINGS`. Raises `UndecidedEncoding`."""
    sample = _sample(content)
    weights = _languages(sample)
    candidates: dict[str, EncodingCandidate] = {}
    for encoding in (each for each in (*ENCODINGS, *UNSUPPORTED_ENCODINGS) if _decodes(content, each)):
        text = sample.decode(encoding)
        if text not in candidates:
            candidates[text] = EncodingCandidate(encoding, _likelihood(text, _with_rarity(weights, encoding)), text)
    ranked = sorted(candidates.values(), key=lambda each: -each.likelihood)
    if not ranked or _is_strange(ranked[0].text) or not _is_tidy(sample, ranked[0].encoding):
        raise UndecidedEncoding([])
    close = len(ranked) > 1 and ranked[0].likelihood - ranked[1].likelihood < _SURE
    if close or ranked[0].encoding in UNSUPPORTED_ENCODINGS:
        raise UndecidedEncoding(ranked[:2])
    return ranked[0].encoding


def _is_tidy(sample: bytes, encoding: str) -> bool:
    """False where it is a mess. Only what is found most likely is asked about: short texts are often called a mess."""
    asked = from_bytes(
        sample, cp_isolation=[encoding], threshold=_MESS, steps=8, chunk_size=1024, enable_fallback=False
    )
    return asked.best() is not None


def differing_words(candidates: list[EncodingCandidate]) -> list[str]:
    """The first word that is not the same in all of them, as each has it."""
    words = zip(*(_WORD.findall(each.text) for each in candidates), strict=False)
    return next(([word[:40] for word in same] for same in words if len({*same}) > 1), [])


def _sample(content: bytes) -> bytes:
    """The lines that tell something, each once; first one for every byte, wherever in the file that is."""
    lines: dict[bytes, None] = {}
    for each in sorted(set(content.translate(None, delete=_ASCII))):
        at = content.index(each)
        lines.setdefault(content[slice(*_line(content, at, _LINE))])
    size, at = sum(map(len, lines)), 0
    for _ in range(_LINES):
        high = _HIGH.search(content, at) if size < SAMPLE else None
        if high is None:
            break
        begin, end = _line(content, high.start(), SAMPLE)
        line = content[max(begin, at) : end]
        if line not in lines:
            lines[line] = None
            size += len(line) + 1
        at = end + 1
    return b"\n".join(lines)


def _line(content: bytes, at: int, most: int) -> tuple[int, int]:
    """Where the line around `at` begins and ends; of a long one, as much as `most` bytes on both sides."""
    ends = [end for each in (b"\n", b"\r") if (end := content.find(each, at, at + most)) >= 0]
    first = max(0, at - most)
    begins = [begin for each in (b"\n", b"\r") if (begin := content.rfind(each, first, at)) >= 0]
    return max(begins) + 1 if begins else first, min([*ends, at + most, len(content)])


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _languages(sample: bytes) -> dict[str, float]:
    """How likely each language is by its small words that have nothing but ASCII, as a logarithm."""
    words = {each.decode().lower() for each in _ASCII_WORD.findall(sample)}
    seen = {language: len(words & small) for language, small in STOP_WORDS.items()}
    most = max(seen.values())
    return {each: -3.0 if most and seen.get(each, 0) * 2 < most else 0.0 for each in LETTER_RATES}


def _with_rarity(weights: dict[str, float], encoding: str) -> dict[str, float]:
    rare = encoding not in COMMON_ENCODINGS
    return {each: weight + (_UNUSUAL if rare or each in RARE_LANGUAGES else 0.0) for each, weight in weights.items()}


def _likelihood(text: str, weights: dict[str, float]) -> float:
    """The logarithm of how likely the text is, in the language that suits it best."""
    places = [*_places(text)]
    return max(weight + sum(math.log(_rate(each, language)) for each in places) for language, weight in weights.items())


def _rate(place: tuple[str, str, str], language: str) -> float:
    """How often the character is seen in such a place."""
    before, character, after = place
    if not character.isalpha():
        return SIGN_RATES.get(character, LOWEST_RATE) * fit(before, character, after)
    rate = LETTER_RATES[language].get(character.lower(), _FOREIGN)
    if not before.isalpha() and not after[:1].isalpha():
        if before.isdigit() or after[:1].isdigit():
            return rate * Fit.NEVER
        if character not in ONE_LETTER_WORDS:
            return rate * Fit.POOR
    if character.isupper() and character != character.lower():
        upper = not before.isalpha() or before.isupper()
        return rate * (0.3 if upper else Fit.POOR)
    return rate * Fit.POOR if after[:1].isupper() else rate


def _places(text: str) -> Iterator[tuple[str, str, str]]:
    """The characters that tell something, with what stands before and after them, in words that differ."""
    seen: set[str] = set()
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if word in seen and len(word) > 1:
            continue
        seen.add(word)
        for at in range(match.start(), min(match.end(), match.start() + _LONGEST_WORD)):
            if text[at] > "\x7f":
                yield text[at - 1] if at else " ", text[at], text[at + 1 : at + 4] or " "
        if len(seen) >= _WORDS:
            return


def _is_strange(text: str) -> bool:
    """True where most letters of such words are none of ASCII, or many characters stand where they do not belong."""
    letters = "".join(each for each in _WORD.findall(text) if len(each) > 1 and each.isalpha())
    if sum(each > "\x7f" for each in letters) * 5 > len(letters) * 3:
        return True
    places = [*_places(text)]
    unusual = sum(max(_rate(each, language) for language in LETTER_RATES) < _FOREIGN for each in places)
    return unusual > len(places) * _MOST_UNUSUAL
