"""What a rule is: what it looks at in a render, and what it finds wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.deploy.manifests import Container, Object, Pod, Render

S = TypeVar("S")
Check = Callable[[S, Render], Iterator[str]]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one thing of one render, and what to do."""

    render: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.render}: {self.subject}: {self.text}"


@dataclass(frozen=True)
class Rule:
    """A rule, named after what holds. `check` is pure: one of `subjects` and its render, to sentences."""

    name: str
    subjects: Callable[[Render], Iterable[Any]]
    check: Check[Any]

    def problems(self, render: Render) -> list[Problem]:
        """What breaks it in `render`."""
        return [
            Problem(render.name, str(subject), text)
            for subject in self.subjects(render)
            for text in self.check(subject, render)
        ]


RULES: list[Rule] = []


def rule(subjects: Callable[[Render], Iterable[S]]) -> Callable[[Check[S]], Check[S]]:
    """Registers a check under its name, for everything that `subjects` finds in a render."""

    def register(check: Check[S]) -> Check[S]:
        name = getattr(check, "__name__", "")
        assert name not in {each.name for each in RULES}, f"two rules are called {name}"
        RULES.append(Rule(name, subjects, check))
        return check

    return register


def named(check: Callable[..., Any]) -> Rule:
    """The rule that `check` was registered as."""
    return next(each for each in RULES if each.check is check)


def pods(render: Render) -> list[Pod]:
    """Subjects: every pod."""
    return render.pods()


def containers(render: Render) -> list[Container]:
    """Subjects: every container, those that run first, too."""
    return render.containers()


def objects(render: Render) -> list[Object]:
    """Subjects: every object."""
    return render.objects


def every(*kinds: str) -> Callable[[Render], list[Object]]:
    """Subjects: every object of these kinds."""
    return lambda render: render.of(*kinds)
