"""Each kind of thing of an organization has the GraphQL type that shows it."""

from __future__ import annotations

from typing import get_args

from gateway.schema.build import make
from gateway.schema.core.registry import represented
from goldenthread.contracts.entities import Entity
from goldenthread.contracts.events.alerts import Alert


def test_each_kind_of_entity_and_alerts_have_a_type() -> None:
    make()
    assert represented() == {*get_args(Entity), Alert}
