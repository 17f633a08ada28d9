"""What `goldenthread up` hands on to its processes of OpenTelemetry's variables."""

from __future__ import annotations

from goldenthread.launcher.otel_variables import otel_variables


def test_they_are_handed_on_as_they_are_but_for_the_service_name() -> None:
    mine = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_RESOURCE_ATTRIBUTES": "service.name=all,team=x", "HOME": "/"}
    found = otel_variables("goals", mine)
    assert found == {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=all,team=x",
        "OTEL_SERVICE_NAME": "goldenthread-goals",
    }


def test_each_process_has_a_name_of_its_own_also_where_one_is_given_for_all() -> None:
    names = {otel_variables(each, {"OTEL_SERVICE_NAME": "acme"})["OTEL_SERVICE_NAME"] for each in ("goals", "gateway")}
    assert names == {"acme-goals", "acme-gateway"}


def test_where_there_are_none_there_is_nothing() -> None:
    assert otel_variables("goals", {"HOME": "/", "GOLDENTHREAD_KAFKA": "x"}) == {}
