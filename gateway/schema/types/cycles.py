"""Planning periods."""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry import Private

from gateway.schema.core.node import own
from gateway.schema.core.registry import represents
from gateway.schema.types.recorded import Recorded
from goldenthread.contracts import entities as e


@represents(e.Cycle)
@strawberry.type(description="A planning period; both days belong to it.")
class Cycle(Recorded):
    """A planning period."""

    row: Private[e.Cycle]
    name: str = own()
    starts_on: date = own()
    ends_on: date = own()
    open: bool = own()
