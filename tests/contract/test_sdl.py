"""The public API as it stands in `gateway/schema.graphql`: a change of it is seen in review."""

from __future__ import annotations

from pathlib import Path

import gateway
from gateway.schema.build import sdl

GOLDEN = Path(gateway.__file__).with_name("schema.graphql")


def test_the_checked_in_schema_is_the_one_that_is_served() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == sdl(), "run `python -m gateway.schema` and review the difference"
