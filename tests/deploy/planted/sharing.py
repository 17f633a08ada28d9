"""Mistakes by which some organizations are judged by nobody, or by an alignment that is told something else."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one, tell
from tests.deploy.rules import sharing


@breaks(sharing.every_organization_has_an_alignment)
def nobody_judges_the_large_ones(render: Render) -> object:
    render.objects.remove(one(render, "Deployment", sharing.LARGE))
    return render


@breaks(sharing.every_organization_has_an_alignment)
def both_judge_the_large_ones(render: Render) -> object:
    one(render, "Deployment", sharing.LARGE)
    tell(container(render, "alignment"), sharing.SHARE, value="all")
    return render


@breaks(sharing.both_alignments_are_alike)
def a_change_of_one_of_them(render: Render) -> object:
    found = one(render, "Deployment", sharing.LARGE)
    found.spec["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "4Gi"
    return found


@breaks(sharing.both_alignments_are_alike)
def another_image(render: Render) -> object:
    found = one(render, "Deployment", sharing.LARGE)
    found.spec["template"]["spec"]["containers"][0]["image"] = "goldenthread:0.0.9"
    return found
