"""Every rule holds in everything that is rendered, looks at something, and notices what is planted."""

from __future__ import annotations

import pytest

from tests.deploy import kustomize
from tests.deploy.manifests import Render
from tests.deploy.planted import MISTAKES
from tests.deploy.planted.registry import Absent, Mistake
from tests.deploy.rules import RULES
from tests.deploy.rules.registry import Problem, Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_it_holds(rule: Rule) -> None:
    """In the base, with each component, with all of them, and in every overlay."""
    places: dict[tuple[str, str], list[str]] = {}
    for name in kustomize.names():
        for found in rule.problems(kustomize.rendered(name)):
            places.setdefault((found.subject, found.text), []).append(name)
    assert not places, "\n".join(f"{each}: {text} ({', '.join(where)})" for (each, text), where in places.items())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.name}-{mistake.rule.name}")
def test_a_planted_mistake_is_noticed(mistake: Mistake) -> None:
    """In the first render that has what it is made in; the problem names its object."""
    render, planted, named = _planted(mistake)
    found = set(mistake.rule.problems(planted)) - set(mistake.rule.problems(render))
    assert [each for each in found if _names(each, named)], f"{mistake.rule.name} says of it: {list(map(str, found))}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_of_use(rule: Rule) -> None:
    """It looks at something that is deployed, and a mistake was planted to see that it notices one."""
    looked_at = [render.name for render in kustomize.renders() if list(rule.subjects(render))]
    assert looked_at, f"{rule.name} finds nothing to look at in {kustomize.names()}"
    assert rule in {each.rule for each in MISTAKES}, f"{rule.name} has no mistake in tests/deploy/planted"


def _planted(mistake: Mistake) -> tuple[Render, Render, object]:
    """Overlays first: what is complete."""
    for render in reversed(kustomize.renders()):
        planted = render.copy()
        try:
            return render, planted, mistake.plant(planted)
        except Absent:
            continue
    raise AssertionError(f"nothing is rendered that the mistake {mistake.name} could be made in")


def _names(problem: Problem, named: object) -> bool:
    """Whether the problem is of what was changed: of that object, or of the whole render and its text says so."""
    return problem.subject == str(named) or (isinstance(named, str) and named in problem.text)
