"""Mistakes in what comes in from outside."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import Absent, breaks, one, only_overlays
from tests.deploy.rules import outside


@breaks(outside.routes_lead_to_graphql_alone)
def every_path(render: Render) -> object:
    found = one(render, "HTTPRoute")
    del found.spec["rules"][0]["matches"]
    return found


@breaks(outside.routes_end_no_subscription)
def the_time_out_of_the_proxy(render: Render) -> object:
    found = one(render, "HTTPRoute")
    del found.spec["rules"][0]["timeouts"]
    return found


@breaks(outside.listeners_end_tls)
def plain_http(render: Render) -> object:
    found = one(render, "Gateway")
    found.spec["listeners"].append({"name": "http", "port": 80, "protocol": "HTTP"})
    return found


@breaks(outside.listeners_end_tls)
def a_certificate_that_nobody_makes(render: Render) -> object:
    found = one(render, "Gateway")
    if not render.of("Certificate"):
        raise Absent(f"{render} makes no certificates")
    found.spec["listeners"][0]["tls"]["certificateRefs"][0]["name"] = "gateway-tls"
    return found


@breaks(outside.the_class_of_a_gateway_is_chosen)
def no_class(render: Render) -> object:
    only_overlays(render)
    found = one(render, "Gateway")
    found.spec["gatewayClassName"] = outside.TO_BE_CHOSEN
    return found


@breaks(outside.hosts_have_a_certificate)
def a_host_without_a_certificate(render: Render) -> object:
    one(render, "Certificate")
    found = one(render, "HTTPRoute")
    found.spec["hostnames"] = ["goals.example.com"]
    return found


@breaks(outside.listeners_end_tls)
def no_certificate(render: Render) -> object:
    found = one(render, "Gateway")
    del found.spec["listeners"][0]["tls"]["certificateRefs"]
    return found
