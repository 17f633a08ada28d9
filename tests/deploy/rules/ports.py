"""A process is reached where it listens: ports, Services, probes, and the addresses that others have of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.health import PATHS
from tests.deploy.manifests import Object, Render, at, selects
from tests.deploy.process_containers import Running, Variable, running, setting, variables
from tests.deploy.rules.registry import every, rule

_PROBES = {"startupProbe": PATHS[:2], "livenessProbe": PATHS[:1], "readinessProbe": PATHS[1:2]}
"""What each probe may ask: being alive rests on nobody else, being ready on what is needed."""
_EVERYWHERE = ("0.0.0.0", "::")
_STARTING = {"alignment": 180}
"""Seconds that a process may need to start, where it is long: alignment compiles its engine."""
_LEAST = 30
_STUCK = 30
"""Seconds without an answer after which a process is taken for one that hangs, at the earliest."""


def ports(found: Running, render: Render) -> dict[str, int]:
    """Where the process listens, by the names that its container's ports have."""
    given = variables(found.container, render)
    told = {"http": given.get(setting("http_port")), "internal": given.get(setting("internal_port"))}
    return {name: int(each.text) for name, each in told.items() if each is not None and each.text.isdigit()}


@rule(running)
def ports_are_the_settings(found: Running, render: Render) -> Iterator[str]:
    """`http` and `internal` are where it is told to listen, on every address of the pod."""
    listening = ports(found, render)
    named = {each.get("name"): each["containerPort"] for each in found.container.body.get("ports") or []}
    if named != listening:
        yield f"its ports are {named}, and its settings say {listening}: make them the same, with these names"
    given = variables(found.container, render)
    host = given.get(setting("http_host"), Variable("")).text
    internal = given.get(setting("internal_host"), Variable(host)).text
    if host not in _EVERYWHERE or internal not in _EVERYWHERE:
        yield f"it listens on {host!r} (internally {internal!r}): nobody outside the pod reaches it; 0.0.0.0 is needed"


@rule(running)
def probes_ask_the_internal_port(found: Running, _: Render) -> Iterator[str]:
    """All three are there; each asks what it is for."""
    for name, paths in _PROBES.items():
        probe = found.container.body.get(name)
        if probe is None:
            yield f"it has no {name}: ask {paths[0]} on the port `internal`"
        elif at(probe, "httpGet", "port") != "internal" or at(probe, "httpGet", "path") not in paths:
            yield f"its {name} asks {at(probe, 'httpGet')}: ask {' or '.join(paths)} on the port `internal`"


@rule(running)
def probes_wait_for_an_answer(found: Running, _: Render) -> Iterator[str]:
    """Longer than the process waits for what it asks itself, and than a busy moment lasts."""
    for name in ("livenessProbe", "readinessProbe"):
        waits = at(found.container.body, name, "timeoutSeconds", default=1)
        if waits <= health._PATIENCE:
            yield f"its {name} waits {waits} s, and the process may take {health._PATIENCE:g} s to say what is away"
    probe = found.container.body.get("livenessProbe") or {}
    lasts = probe.get("failureThreshold", 3) * probe.get("periodSeconds", 10)
    if lasts < _STUCK:
        yield f"its livenessProbe ends it after {lasts} s: {_STUCK} s at least, a busy machine is no reason"


@rule(running)
def a_start_may_take_its_time(found: Running, _: Render) -> Iterator[str]:
    """The startup probe gives up after what the slowest start takes, and not before."""
    probe = found.container.body.get("startupProbe") or {}
    lasts = probe.get("failureThreshold", 3) * probe.get("periodSeconds", 10)
    needed = _STARTING.get(found.process.name, _LEAST)
    if lasts < needed:
        yield f"its startupProbe gives up after {lasts} s: {found.process.name} may need {needed} s"


@rule(every("Service"))
def services_lead_to_a_port(service: Object, render: Render) -> Iterator[str]:
    """Every port of a Service is one of the pods that it chooses; none is the operator's own, `internal`."""
    chosen = [each for each in render.pods() if _chooses(service, each.labels)]
    if len(chosen) != 1:
        yield f"its selector {service.spec.get('selector')} chooses {list(map(str, chosen))}: those of one are meant"
    for pod in chosen:
        for port in service.spec.get("ports") or []:
            target = port.get("targetPort", port["port"])
            known = [each for container in pod.containers for each in container.body.get("ports") or []]
            names = [each for each in known if target in (each.get("name"), each["containerPort"])]
            if not names:
                yield f"its port {port['port']} leads to {target!r}, which {pod} does not have"
            elif any(each.get("name") == "internal" for each in names):
                yield f"its port {port['port']} leads to the internal port of {pod}, which is the operator's alone"


@rule(running)
def neighbours_are_where_settings_say(found: Running, render: Render) -> Iterator[str]:
    """The address of another process is a Service of its pods, at a port that the Service has."""
    for name, url in called(found, render).items():
        address, problem = urlsplit(url), ""
        scheme = _scheme(name, render)
        service = render.find("Service", (address.hostname or "").partition(".")[0])
        ports = [each["port"] for each in service.spec.get("ports") or []] if service is not None else []
        if service is None:
            problem = "no Service of that name is there"
        elif (address.port or 80) not in ports or address.scheme != scheme:
            problem = f"{name} speaks {scheme} at {ports}"
        elif not any(
            each.process.name == name for each in running(render) if _chooses(service, each.container.pod.labels)
        ):
            problem = f"that Service does not choose the pods of {name}"
        if problem:
            yield f"{setting(name + '_url')} is {url}: {problem}"


@rule(running)
def certificates_name_the_hosts_of_urls(found: Running, render: Render) -> Iterator[str]:
    """The certificate with which a process answers names the host by which others call it; these trust an authority
    from the same issuer, and none of the machine.
    """
    for url in called(found, render).values():
        if urlsplit(url).scheme != "https":
            continue
        own = variables(found.container, render).get(setting("http_ca_file"))
        if own is None:
            yield f"it calls {url}, and {setting('http_ca_file')} is not set: it would ask the machine's authorities"
        hosts = {host for each in render.of("Certificate") for host in each.spec.get("dnsNames") or []}
        if urlsplit(url).hostname not in hosts:
            yield f"it calls {url}, a host that no Certificate names: {sorted(hosts)}"


def _scheme(process: str, render: Render) -> str:
    """What the pods of a process speak, as their settings say."""
    told = [variables(each.container, render) for each in running(render) if each.process.name == process]
    return "https" if any(setting("http_certificate_file") in each for each in told) else "http"


def called(found: Running, render: Render) -> dict[str, str]:
    """The processes that this one asks, and where: its settings `<process>_url`."""
    given = variables(found.container, render)
    urls = {each.name: given.get(setting(f"{each.name}_url")) for each in PROCESSES}
    return {name: each.text for name, each in urls.items() if each is not None and f"{name}_url" in found.fields}


def _chooses(service: Object, labels: dict[str, str]) -> bool:
    selector: dict[str, Any] = service.spec.get("selector") or {}
    return bool(selector) and selects({"matchLabels": selector}, labels)
