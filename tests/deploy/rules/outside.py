"""What comes in from outside: everything that the gateway answers there, nothing else, and no WebSocket is cut."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.http.graphql_endpoint import PATH
from tests.deploy.manifests import Object, Render, at
from tests.deploy.rules.registry import every, rule

TO_BE_CHOSEN = "to-be-chosen"


@rule(every("HTTPRoute"))
def routes_lead_to_graphql_alone(route: Object, _: Render) -> Iterator[str]:
    """The path of the API, and what is below it."""
    for number, each in enumerate(route.spec.get("rules") or []):
        paths = [at(match, "path", default={}) for match in each.get("matches") or [{}]]
        for path in paths:
            if path != {"type": "PathPrefix", "value": PATH}:
                yield f"rule {number} lets {path or 'every path'} in: PathPrefix {PATH} is what the gateway answers"


@rule(every("HTTPRoute"))
def routes_end_no_subscription(route: Object, _: Render) -> Iterator[str]:
    """No time-out of the proxy: some implementations end a WebSocket with it."""
    for number, each in enumerate(route.spec.get("rules") or []):
        if at(each, "timeouts") != {"request": "0s", "backendRequest": "0s"}:
            yield f"timeouts of rule {number} are {at(each, 'timeouts')}: 0s for both, which is none"


@rule(every("Gateway"))
def listeners_end_tls(gateway: Object, render: Render) -> Iterator[str]:
    """Tokens are never sent in the clear; the certificate is one that cert-manager makes, where it makes some."""
    made = {at(each.spec, "secretName") for each in render.of("Certificate")}
    for listener in gateway.spec.get("listeners") or []:
        if listener.get("protocol") != "HTTPS" or at(listener, "tls", "mode") != "Terminate":
            yield f"its listener {listener['name']} does not end TLS: tokens would come in the clear"
        if not at(listener, "tls", "certificateRefs"):
            yield f"its listener {listener['name']} has no certificate: name its Secret in certificateRefs"
        for each in at(listener, "tls", "certificateRefs", default=[]):
            if made and each["name"] not in made:
                yield f"its listener {listener['name']} needs the Secret {each['name']}; Certificates make {made}"


@rule(every("HTTPRoute"))
def hosts_have_a_certificate(route: Object, render: Render) -> Iterator[str]:
    """Each of its hosts is in the certificate of a listener, where that is made here."""
    listeners = [each for gateway in render.of("Gateway") for each in gateway.spec.get("listeners") or []]
    shown = {secret["name"] for each in listeners for secret in each.get("tls", {}).get("certificateRefs") or []}
    for certificate in render.of("Certificate"):
        if certificate.spec.get("secretName") not in shown:
            continue
        if missing := set(route.spec.get("hostnames") or []) - set(certificate.spec.get("dnsNames") or []):
            yield f"{sorted(missing)} are not in the certificate {certificate.name}"


@rule(every("Gateway"))
def the_class_of_a_gateway_is_chosen(gateway: Object, render: Render) -> Iterator[str]:
    """By the overlay, which knows what its cluster has."""
    if render.is_overlay and gateway.spec.get("gatewayClassName") == TO_BE_CHOSEN:
        yield f"its gatewayClassName is still {TO_BE_CHOSEN}: the overlay is to name one of its cluster's"
