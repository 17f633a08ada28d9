"""The public surface as the code has it: kind → lines, each line one promise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from gateway.http.graphql_endpoint import PATH
from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.contracts import asyncapi, schema
from goldenthread.contracts.registry import PAYLOADS
from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.settings_page import own
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.observability.health import PATHS
from goldenthread.runtime.observability.otel_environment import VARIABLES
from goldenthread.runtime.observability.telemetry_schema import METRICS, SPANS
from tests.contract.surface import command_line, graphql_lines, shared_names
from tests.contract.surface.json_paths import leaves, of_type
from tests.contract.surface.source import calls
from tests.contract.surface.wire import INTERNAL, STORED


def surface() -> dict[str, list[str]]:
    """Kind → its lines, sorted, each once."""
    return {kind: sorted(set(lines())) for kind, lines in KINDS.items()}


def _events() -> Iterator[str]:
    for name, kind in PAYLOADS.items():
        yield from of_type(name, kind)
    for file, each in schema.schemas().items():
        yield from (f"schemas/{file} $defs {name}" for name in each.get("$defs", ()))


def _asyncapi() -> Iterator[str]:
    return leaves("asyncapi", asyncapi.document())


def _types(table: dict[str, Any]) -> Iterator[str]:
    for name, kind in table.items():
        yield from of_type(name, kind)


def _http() -> Iterator[str]:
    yield f"gateway path {PATH}"
    yield from (f"every process route GET {path}" for path in PATHS)
    yield from calls()
    yield from _types(INTERNAL)


def _settings() -> Iterator[str]:
    for process in PROCESSES:
        kinds = [kind for kind in process.settings.__mro__ if issubclass(kind, Struct) and kind is not Struct]
        found = {each.variable: each for kind in reversed(kinds) for each in own(kind)}
        for name, each in found.items():
            yield f"{name} of {process.name}: {each.fits}; unless set: {each.default or 'nothing'}"
    yield from (f"{each.name}: {each.fits}; unless set: {each.default or 'nothing'}" for each in VARIABLES)


def _topics() -> Iterator[str]:
    for topic in TOPICS:
        yield f"{topic.name}: {topic.partitions} partitions"
        yield from (f"{topic.name}: {key}={value}" for key, value in topic.settings.items())
    for each in PROCESSES:
        yield f"process {each.name}: python -m {each.module}, database {each.database}, internet {each.internet}"
        yield f"process {each.name}: client id {each.client}, looks at the topics' settings {each.checks_topics}"
        for about in ("reads", "writes", "groups", "calls"):
            yield from (f"process {each.name}: {about} {what}" for what in getattr(each, about))


def _telemetry() -> Iterator[str]:
    for span in SPANS:
        attributes = ", ".join(each.name for each in (*span.attributes, *span.sometimes))
        yield from (f"{process} span {span.name}, {span.kind.name}({attributes})" for process in span.processes)
    for each in METRICS:
        name = each.exposed_name.removesuffix("_total")
        yield f"{each.exposed_kind} {name}({', '.join(attribute.label for attribute in each.attributes)})"
        for attribute in each.attributes:
            yield from (f"label {attribute.label} of {name}: {value}" for value in attribute.values)


def _migrations() -> Iterator[str]:
    """Name and digest: what ran in a database never changes."""
    for process in PROCESSES:
        for folder in migration_folders(process.name) if process.database else ():
            for each in folder.files():
                yield f"{each.name} of {process.name}: sha256 {hashlib.sha256(each.sql.encode()).hexdigest()}"


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "asyncapi": _asyncapi,
    "command_line": command_line.lines,
    "events": _events,
    "graphql": graphql_lines.lines,
    "http": _http,
    "migrations": _migrations,
    "settings": _settings,
    "shared_names": shared_names.lines,
    "stored": lambda: _types(STORED),
    "telemetry": _telemetry,
    "topics": _topics,
}
