"""Names of months and days of the week, as people write them in seven languages."""

from __future__ import annotations

import unicodedata

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar feber février févr fév febrero febbraio februari fevereiro fev",
    "march mar märz maerz mrz mär mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus",
    "september sep sept septembre septiembre setiembre settembre setembro set",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
"""English, German, French, Spanish, Italian, Dutch, Portuguese. None of them is another month elsewhere."""
_WEEKDAYS = (
    "monday mon montag mo",
    "tuesday tue tues dienstag di",
    "wednesday wed mittwoch mi",
    "thursday thu thur thurs donnerstag do",
    "friday fri freitag fr",
    "saturday sat samstag sonnabend sa",
    "sunday sun sonntag so",
)


def name_key(word: str) -> str:
    """How names are compared: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


MONTHS = {name_key(word): at for at, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS = {name_key(word): at for at, words in enumerate(_WEEKDAYS) for word in words.split()}
"""By name, as `date.weekday` counts."""
