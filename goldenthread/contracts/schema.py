"""JSON Schemas of the events: `python -m goldenthread.contracts.schema` rewrites `schemas/`; CI compares them."""

from __future__ import annotations

import json
from inspect import cleandoc
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
            **_clean(msgspec.json.schema(kind)),
        }
        for name, kind in PAYLOADS.items()
    }


def _clean(schema: Any) -> Any:
    """Docstrings without their indentation: Python 3.13 drops it by itself, older ones keep it."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(each) if key == "description" and isinstance(each, str) else _clean(each)
            for key, each in schema.items()
        }
    return [_clean(each) for each in schema] if isinstance(schema, list) else schema


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
