"""The checked-in examples, by event type."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from goldenthread import contracts
from goldenthread.contracts.envelope import Event, events_from_json

_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
FOLDER = Path(contracts.__file__).parent / "examples"


def texts() -> dict[str, str]:
    """File name without `.json` → the example as it stands in its file."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.json"))}


def decoded(**spoilt: Any) -> dict[str, Event]:
    """Type → the example as a consumer reads it; `spoilt` are attributes to send instead of the example's own."""
    events = (events_from_json(json.dumps([json.loads(text) | spoilt]).encode())[0] for text in texts().values())
    return {name.removesuffix(".v1"): event for name, event in zip(texts(), events, strict=True)}


def is_map(value: dict[str, Any]) -> bool:
    """True for a table by id, whose keys are no fields."""
    return all(_ID.fullmatch(key) for key in value)
