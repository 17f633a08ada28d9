"""Words and signs beside a number: what it counts (`h`, `%`, `CHF`), and thousands or millions (`k`, `Mio.`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

THOUSAND, MILLION, BILLION, TRILLION = 3, 6, 9, 12

_CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NGN NOK NZD"
    " PEN PHP PLN RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
_CURRENCIES = {code.casefold(): code for code in _CODES.split()} | {
    **{"$": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD"},
    **{"€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "¥": "¥", "₹": "INR", "₽": "RUB", "₺": "TRY"},
    **{"₩": "KRW", "₪": "ILS", "₴": "UAH", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "r$": "BRL", "hk$": "HKD"},
    **{"s$": "SGD", "nz$": "NZD", "zł": "PLN", "kč": "CZK", "kr": "kr", "fr.": "CHF", "sfr.": "CHF", "franken": "CHF"},
}
_OTHERS = {
    "%": "% percent pct prozent",
    "percentage point": "pp ppt %-points percentage\xa0points prozentpunkt prozentpunkte",
    "‰": "‰",
    "hour": "h hr hrs hour hours std std. stunde stunden",
    "minute": "min min. mins minute minutes minuten",
    "second": "s sec secs second seconds sek sek. sekunde sekunden",
    "millisecond": "ms",
    "day": "d day days tag tage tagen",
    "working day": "working\xa0days business\xa0days workdays arbeitstage werktage",
    "week": "wk wks week weeks woche wochen",
    "month": "mo mos month months monat monate monaten",
    "year": "yr yrs year years jahr jahre jahren",
    "point": "pt pts pts. point points punkt punkte pkt pkt.",
    "times": "x ×",
    "person": "person persons people personen",
    "full-time equivalent": "fte ftes vzä",
    "user": "user users nutzer",
    "customer": "customer customers kunde kunden",
    "employee": "employee employees mitarbeiter",
    "piece": "pc pcs pcs. piece pieces stk stk. stück",
    **{each: each.casefold() for each in ("kg", "km", "m²", "km²", "kWh", "MWh", "GWh", "kB", "MB", "GB", "TB", "°C")},
}
_UNITS = _CURRENCIES | {word.replace("\xa0", " "): name for name, words in _OTHERS.items() for word in words.split(" ")}
_SCALES = {
    **dict.fromkeys(("k", "tsd", "tsd.", "tausend", "thousand", "mille"), THOUSAND),
    **dict.fromkeys(("mio", "mio.", "mill.", "mln", "mln.", "million", "millions", "millionen"), MILLION),
    **dict.fromkeys(("mrd", "mrd.", "milliarde", "milliarden", "bn"), BILLION),
    "billionen": TRILLION,
}
_OF_MONEY = {"m": MILLION, "mn": MILLION, "b": BILLION, "billion": BILLION, "billions": BILLION}
"""What these are beside a currency. Elsewhere they could be something else."""
_MAY_BE = {
    "m": "million, minutes, metres or months",
    "mn": "million or minutes",
    "b": "billion or bytes",
    "t": "thousand, trillion or tonnes",
    "g": "grams or billion",
    "billion": "1,000,000,000 or, in other languages, 1,000,000,000,000",
    "billions": "1,000,000,000 or, in other languages, 1,000,000,000,000",
}


class NumberUnit(Struct, frozen=True):
    """The unit and the scale beside a number: ten to this `power`; the `name` of the unit, which is the same for all
    its spellings; and the unit as it is `written`. Empty: nothing stands there.
    """

    power: int = 0
    name: str = ""
    written: str = ""


NO_UNIT = NumberUnit()


def currency(text: str) -> str | None:
    """The currency that a sign or a word is, by its code."""
    return _CURRENCIES.get(text.casefold())


@lru_cache(maxsize=2048)
def parse_unit(text: str, before: str = "") -> NumberUnit | None:
    """What the text after a number is; None for what is not known here. `before` is the currency in front of it.

    Raises ValueError with what it may be, as the end of a sentence, where it may be several things.
    """
    if not text:
        return NumberUnit(0, _CURRENCIES[before.casefold()], before) if before else NO_UNIT
    if before:
        power = _power(text, money=True)
        return NumberUnit(power, _CURRENCIES[before.casefold()], before) if power is not None else None
    if text != "M" and text.casefold() in _MAY_BE:
        raise ValueError(_MAY_BE[text.casefold()])
    if (unit := _unit(text)) is not None:
        return NumberUnit(0, unit, "%" if unit == "%" else text)
    if (power := _power(text, money=False)) is not None:
        return NumberUnit(power)
    return next(_scaled_units(text), None)


def _scaled_units(text: str) -> Iterator[NumberUnit]:
    """`k€`, `Mio. EUR`, `M users`: a scale, then a unit; `TEUR`, `T€`: thousands of euros."""
    for at in range(len(text) - 1, 0, -1):
        scale, rest = text[:at].rstrip(), text[at:].strip()
        money = currency(rest) is not None
        apart = money or text[at - 1] == " " or text[at - 1] == "."
        unit, power = _unit(rest), THOUSAND if scale == "T" and money else _power(scale, money=money)
        if apart and unit is not None and power is not None:
            yield NumberUnit(power, unit, rest)


def _unit(text: str) -> str | None:
    # One capital letter is another unit than the small one, or none.
    return None if len(text) == 1 and text.isupper() else _UNITS.get(text.casefold())


def _power(text: str, *, money: bool) -> int | None:
    if text == "M":
        return MILLION
    found = _SCALES.get(text.casefold())
    return _OF_MONEY.get(text.casefold()) if found is None and money else found
