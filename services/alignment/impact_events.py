"""Events that were not written, of a request that asks what they would change: checked, since goals did not make
them.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct, structs

from goldenthread.contracts.envelope import Event, Undecodable, events_from_json
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.events import goals
from goldenthread.runtime.web.endpoints import not_fitting

_MOST = 2**31 - 1
"""Every whole number of a goal is from 0 to this: the graph has no room for more."""
_several = msgspec.json.Decoder(list[Raw])


def payloads_of(events: Raw) -> list[Struct | None]:
    """What the events say. Raises `Refused` (INVALID), naming the place, for what goals would never have written."""
    try:
        rows = _several.decode(events)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise not_fitting(error, "events") from error
    return [_payload(_event(row, at), at) for at, row in enumerate(map(bytes, rows))]


def _event(row: bytes, at: int) -> Event:
    try:
        (event,) = events_from_json(b"[" + row + b"]")
    except Undecodable as error:
        raise _misfit(error.__cause__ or error, at) from error
    return event


def _misfit(error: BaseException, at: int) -> Refused:
    """The decoder of an event names a place in the list it was given, that of a payload one in the payload."""
    above = ["events", str(at)]
    if not isinstance(error, msgspec.ValidationError):
        return refuse(ErrorCode.INVALID, f"This is no event of ours: {type(error).__name__}: {error}"[:500], *above)
    of_event = "`$[0]" in str(error)
    shown = str(error).replace("`$[0]", "`$")
    return not_fitting(msgspec.ValidationError(shown), *above, *([] if of_event else ["data"]))


def _payload(event: Event, at: int) -> Struct | None:
    payload = event.data
    if payload is None:
        return None
    if event.type not in goals.PAYLOADS:
        raise refuse(ErrorCode.INVALID, f"{event.type} is no event of goals.", "events", str(at), "type")
    place = _odd_number(payload)
    if place is not None:
        message = f"{place[-1]} must be a whole number from 0 to {_MOST}."
        raise refuse(ErrorCode.INVALID, message, "events", str(at), "data", *place)
    found: Struct = payload
    return found


def _odd_number(value: object) -> list[str] | None:
    """Where a whole number is that no goal has; None where there is none."""
    if isinstance(value, Struct):
        for field in structs.fields(value):
            place = _odd_number(getattr(value, field.name))
            if place is not None:
                return [field.encode_name, *place]
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            place = _odd_number(each)
            if place is not None:
                return [str(at), *place]
    elif isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= _MOST:
        return []
    return None
