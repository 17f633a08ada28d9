"""What a setting may be, in words: for the error about a wrong one, and for the page that lists all."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from msgspec import Meta

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.issuers_file import IssuersFile

_NUMBERS = {int: "a whole number", float: "a number"}


def accepted_values(hint: Any) -> str:
    """The values that fit a setting of this type, such as "a whole number from 0 to 65535" or "`on` or `off`".

    Raises TypeError for a type that no words are known for.
    """
    kind, bounds = _parts(hint)
    if get_origin(kind) is Literal:
        *others, last = (f"`{each}`" for each in get_args(kind))
        return f"{', '.join(others)} or {last}" if others else last
    if kind is bool:
        return "`true` or `false`"
    if kind is Secret:
        return "a secret"
    if kind is str:
        return "text"
    if kind is IssuersFile:
        return "the path of a file"
    if kind not in _NUMBERS:
        raise TypeError(f"what fits {hint} is said nowhere")
    return " ".join([_NUMBERS[kind], *_bounded(bounds)])


def advice(hint: Any) -> str:
    """What to do where a setting of this type is needed and not set, after a colon; empty where nothing is known."""
    said = _parts(hint)[1].description
    return f": {said}" if said else ""


def _parts(hint: Any) -> tuple[Any, Meta]:
    """The type itself, without what may be absent or is annotated, and the bounds."""
    bounds = Meta()
    while True:
        if get_origin(hint) is Annotated:
            hint, *notes = get_args(hint)
            bounds = next((each for each in notes if isinstance(each, Meta)), bounds)
        elif get_origin(hint) in (Union, UnionType):
            (hint,) = (each for each in get_args(hint) if each is not NoneType)
        else:
            return hint, bounds


def _bounded(bounds: Meta) -> list[str]:
    if bounds.ge is not None and bounds.le is not None:
        return [f"from {bounds.ge} to {bounds.le}"]
    if bounds.gt is not None and bounds.le is not None:
        return [f"above {bounds.gt} and at most {bounds.le}"]
    found = [f"of at least {bounds.ge}"] if bounds.ge is not None else []
    found += [f"above {bounds.gt}"] if bounds.gt is not None else []
    return found + ([f"of at most {bounds.le}"] if bounds.le is not None else [])
