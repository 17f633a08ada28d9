"""The OpenTelemetry resource of a process: the attributes that all of its metrics and spans have."""

from __future__ import annotations

import uuid
from functools import cache

from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)

from goldenthread import __version__

_INSTANCE = str(uuid.uuid4())


@cache
def resource(process_name: str) -> Resource:
    """`service.name` (goldenthread-NAME), `service.version` and `service.instance.id`, new at each start.

    `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` add to these attributes and replace them.
    """
    ours = {
        SERVICE_NAME: f"goldenthread-{process_name}",
        SERVICE_VERSION: __version__,
        SERVICE_INSTANCE_ID: _INSTANCE,
    }
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})
