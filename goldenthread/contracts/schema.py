"""JSON Schemas of the events: `python -m goldenthread.contracts.schema` rewrites `schemas/`; CI compares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from goldenthread.contracts.envelope import PREFIX
from goldenthread.contracts.registry import CURRENT_VERSION, PAYLOADS

FOLDER = Path(__file__).parent / "schemas"


def schemas() -> dict[str, dict[str, Any]]:
    """File name → schema, one per event type and version."""
    return {
        f"{name}.v{CURRENT_VERSION}.json": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"{PREFIX}{name}.v{CURRENT_VERSION}",
            **msgspec.json.schema(kind),
        }
        for name, kind in PAYLOADS.items()
    }


def text(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema; remove those of types that are gone."""
    found = schemas()
    for file in FOLDER.glob("*.json"):
        if file.name not in found:
            file.unlink()
    for name, schema in found.items():
        (FOLDER / name).write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
