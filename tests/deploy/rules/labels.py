"""Everything of ours is labelled alike, and whatever chooses by labels chooses what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from goldenthread import __version__
from tests.deploy.manifests import COMPONENT, WORKLOADS, Object, Pod, Render, at, selects
from tests.deploy.process_containers import NAME, OURS, our_pods
from tests.deploy.rules.registry import every, objects, pods, rule

PART_OF, VERSION = "app.kubernetes.io/part-of", "app.kubernetes.io/version"
_CHOSEN_BY = {NAME, COMPONENT, PART_OF}


@rule(objects)
def objects_are_labelled(thing: Object, _: Render) -> Iterator[str]:
    """All of them as part of this, by which people find them; what runs of ours with its version, too."""
    if thing.kind != "Namespace" and thing.labels.get(PART_OF) != OURS:
        yield f"its label {PART_OF} is not {OURS}: `labels:` of the kustomization that it stands in is to set it"
    if thing.kind in WORKLOADS and thing.labels.get(NAME) == OURS and VERSION not in thing.labels:
        yield f"it has no label {VERSION}: `labels:` of the overlay is to reach it"


@rule(every("Deployment", "StatefulSet", "DaemonSet"))
def selectors_last(workload: Object, render: Render) -> Iterator[str]:
    """A selector cannot be changed: it has what never changes, and no version; and it chooses these pods alone."""
    selector = workload.spec.get("selector") or {}
    if not set(selector.get("matchLabels") or {}) <= _CHOSEN_BY or selector.get("matchExpressions"):
        yield f"its selector is {selector}: it is to be {NAME} and {COMPONENT} alone, since it can never be changed"
    for pod in render.pods():
        if (pod.owner is workload) != selects(selector, pod.labels):
            missed = pod.owner is workload
            yield "its selector misses its own pods" if missed else f"its selector chooses the pods of {pod}, too"


@rule(objects)
def there_is_one_version(thing: Object, _: Render) -> Iterator[str]:
    """The one that is here: whoever releases the next one changes it everywhere."""
    version = thing.labels.get(VERSION)
    if version not in (None, __version__):
        yield f"its label {VERSION} is {version}, and this is {__version__}: change `labels:` where it stands"


@rule(pods)
def pods_are_labelled(pod: Pod, render: Render) -> Iterator[str]:
    """As what makes them, so that metrics and logs of a pod say whose and which version it is."""
    for label in (NAME, PART_OF, VERSION, COMPONENT):
        if pod.labels.get(label) != pod.owner.labels.get(label):
            yield f"its pods' label {label} is {pod.labels.get(label)!r}, and its own {pod.owner.labels.get(label)!r}"


@rule(objects)
def objects_of_an_overlay_are_in_its_namespace(thing: Object, render: Render) -> Iterator[str]:
    """In the one that the overlay makes, unless it says another one itself; the base and components say none."""
    spaces = [each.name for each in render.of("Namespace")]
    if render.is_overlay and not spaces:
        yield "the overlay makes no Namespace: it would be put wherever kubectl stands"
    elif render.is_overlay and thing.namespace is None and thing.kind not in ("Namespace", "ClusterIssuer"):
        yield f"it is in no namespace: the overlay is to set one of {spaces}"
    elif not render.is_overlay and thing.namespace is not None:
        yield f"it names the namespace {thing.namespace}, which overlays do"


@rule(our_pods)
def replicas_are_spread(pod: Pod, _: Render) -> Iterator[str]:
    """Over zones and over nodes, as far as there are several; each constraint counts the pods that it is of."""
    if pod.owner.kind == "Job":
        return
    found = pod.spec.get("topologySpreadConstraints") or []
    for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
        if key not in {each["topologyKey"] for each in found}:
            yield f"it is not spread over {key}: one that fails would take all replicas"
    for each in found:
        if at(each, "labelSelector") != at(pod.owner.body, "spec", "selector"):
            yield f"its spread over {each['topologyKey']} counts other pods than its own: use the same selector"
