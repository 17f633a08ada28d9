"""Whatever an object names is there, in the same render."""

from __future__ import annotations

from collections.abc import Iterator

from tests.deploy.manifests import Object, Pod, Render, at, selects
from tests.deploy.rules.metrics import COLLECTOR_PODS
from tests.deploy.rules.registry import every, pods, rule
from tests.deploy.rules.rolling import SCALERS, target


@rule(pods)
def configuration_is_there(pod: Pod, render: Render) -> Iterator[str]:
    """Every ConfigMap that a pod is told from or has mounted."""
    names = [at(each, "configMap", "name") for each in pod.spec.get("volumes") or []]
    for container in pod.containers:
        names += [at(each, "configMapRef", "name") for each in container.body.get("envFrom") or []]
        names += [at(each, "valueFrom", "configMapKeyRef", "name") for each in container.body.get("env") or []]
    for name in sorted({each for each in names if each is not None}):
        if render.find("ConfigMap", name) is None:
            yield f"it needs the ConfigMap {name}, which is not there"


@rule(pods)
def volumes_are_there(pod: Pod, _: Render) -> Iterator[str]:
    """Every mount is of a volume, and every volume is mounted."""
    volumes = {each["name"] for each in pod.spec.get("volumes") or []}
    volumes |= {each["metadata"]["name"] for each in pod.owner.spec.get("volumeClaimTemplates") or []}
    mounted = {each["name"] for container in pod.containers for each in container.mounts}
    if mounted != volumes:
        yield f"its volumes are {sorted(volumes)}, and those that are mounted {sorted(mounted)}"


@rule(every(*SCALERS))
def scalers_have_a_target(scaler: Object, render: Render) -> Iterator[str]:
    """What it scales is there, says no number of replicas itself, and is scaled by nothing else."""
    scaled = target(scaler, render)
    if scaled is None:
        yield f"it scales {scaler.spec.get('scaleTargetRef')}, which is not there"
        return
    if "replicas" in scaled.spec:
        yield f"{scaled} has replicas: leave them out, or every `kubectl apply` sets them back"
    others = [each for each in render.of(*SCALERS) if each is not scaler and target(each, render) is scaled]
    if others:
        yield f"{scaled} is scaled by {[str(each) for each in others]}, too"


@rule(every("PodMonitor", "ServiceMonitor"))
def monitors_find_pods(monitor: Object, render: Render) -> Iterator[str]:
    """It chooses pods that are there, at ports that they have; or those of the collector, which its operator makes."""
    if selects(monitor.spec.get("selector"), COLLECTOR_PODS):
        return
    chosen = [each for each in render.pods() if selects(monitor.spec.get("selector"), each.labels)]
    if not chosen:
        yield f"its selector {monitor.spec.get('selector')} chooses no pod"
    if not monitor.spec.get("podMetricsEndpoints"):
        yield "it asks no port: it has no podMetricsEndpoints"
    for pod in chosen:
        names = {port.get("name") for each in pod.containers for port in each.body.get("ports") or []}
        for endpoint in monitor.spec.get("podMetricsEndpoints") or []:
            if endpoint.get("port") not in names:
                yield f"it asks the port {endpoint.get('port')!r}, which {pod} does not have: {sorted(map(str, names))}"


@rule(every("HTTPRoute"))
def routes_lead_to_a_service(route: Object, render: Render) -> Iterator[str]:
    """Every backend is a Service at a port that it has; every parent is a Gateway and listener that is there."""
    for name in ("parentRefs", "hostnames", "rules"):
        if not route.spec.get(name):
            yield f"it has no {name}: it would lead nowhere, or everybody there"
    for number, each in enumerate(route.spec.get("rules") or []):
        if not each.get("backendRefs"):
            yield f"rule {number} leads to nothing: it has no backendRefs"
        for backend in each.get("backendRefs") or []:
            service = render.find("Service", backend["name"])
            known = [port["port"] for port in service.spec.get("ports") or []] if service is not None else []
            if backend.get("port") not in known:
                yield f"rule {number} leads to {backend['name']}:{backend.get('port')}, which is not there"
    for parent in route.spec.get("parentRefs") or []:
        gateway = render.find("Gateway", parent["name"])
        listeners = {each["name"] for each in gateway.spec.get("listeners") or []} if gateway is not None else set()
        if gateway is None or parent.get("sectionName", next(iter(listeners), None)) not in listeners:
            yield f"its parent {parent['name']} {parent.get('sectionName', '')} is not there"


@rule(every("ScaledObject"))
def triggers_have_their_login(scaler: Object, render: Render) -> Iterator[str]:
    """The TriggerAuthentication that a trigger names is there; and one is named where Kafka asks who comes."""
    for trigger in scaler.spec.get("triggers") or []:
        name = at(trigger, "authenticationRef", "name")
        if name is None and render.of("Kafka"):
            yield f"its trigger {trigger['type']} says not who it is: name a TriggerAuthentication in authenticationRef"
        if name is not None and render.find("TriggerAuthentication", name) is None:
            yield f"its trigger {trigger['type']} needs the TriggerAuthentication {name}, which is not there"
