"""OpenTelemetry's variables, handed on to our own processes and to nobody else.

The embedded broker knows some of them, too, and would send its own metrics to the collector that ours send traces to.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "OTEL_"
_SERVICE_NAME = "OTEL_SERVICE_NAME"


def otel_variables(process_name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Those of `environment` for one process. `OTEL_SERVICE_NAME` gets its name added: four services of one name could
    not be told apart. It goes before a `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    """
    found = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    return found and {**found, _SERVICE_NAME: f"{found.get(_SERVICE_NAME) or 'goldenthread'}-{process_name}"}
