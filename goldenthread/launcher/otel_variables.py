"""OpenTelemetry's variables for our own processes. The embedded servers do not get them.

The embedded broker reads some of them, too, and would send its own metrics to the same collector.
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "OTEL_"
_SERVICE_NAME = "OTEL_SERVICE_NAME"


def otel_variables(process_name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """OpenTelemetry's variables in `environment`, for one process. The name of the process is added to
    `OTEL_SERVICE_NAME`, because four services with one name cannot be distinguished. This variable overrides a
    `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    """
    found = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    return found and {**found, _SERVICE_NAME: f"{found.get(_SERVICE_NAME) or 'goldenthread'}-{process_name}"}
