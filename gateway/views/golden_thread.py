"""The golden thread of a node: hop by hop up to the purpose, and as one text to be read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from goldenthread.contracts.entities import Id, KeyResult, Link, Purpose
from goldenthread.contracts.events.alignment import AlignmentState
from goldenthread.organization.responsibility import next_step, title


@dataclass(frozen=True)
class ThreadStep:
    """One node of the thread, and the link climbed from the node below (None on the first)."""

    node: Id
    link: Link | None


def climb(view: OrganizationView, node: Id) -> list[ThreadStep]:
    """From `node` along `via`: up to the purpose, or, for an orphan, to where its chain ends."""
    steps, seen = [ThreadStep(node, None)], {node}
    while True:
        cost.rows(4)  # it is looked up, and said
        link = view.org.links.get(view.judgement(steps[-1].node).verdict.via or "")
        if link is None or link.parent in seen:
            return steps
        seen.add(link.parent)
        steps.append(ThreadStep(link.parent, link))


def line_of_sight(view: OrganizationView, node: Id) -> list[ThreadStep]:
    """The thread up to the purpose; empty unless one reaches it."""
    if view.judgement(node).verdict.state not in (AlignmentState.ALIGNED, AlignmentState.UNEXPLAINED):
        return []
    steps = climb(view, node)
    return steps if isinstance(view.org.node(steps[-1].node), Purpose) else []


def first_unexplained(view: OrganizationView, node: Id) -> Link | None:
    """The nearest hop of the thread whose why is missing or out of date; None when there is none."""
    links = (step.link for step in climb(view, node))
    return next((link for link in links if link is not None and not view.org.explained(link)), None)


def aloud(view: OrganizationView, node: Id) -> str:
    """The thread as one readable text, top first; of a broken one what is left of it, and what would mend it."""
    state = view.judgement(node).verdict.state
    if state is AlignmentState.NOT_JUDGED:
        return "\n".join(_unjudged(view, node))
    steps = climb(view, node)
    sentences = [_sentence(view, step) for step in reversed(steps) if step.link is not None]
    top = view.org.node(steps[-1].node)
    if isinstance(top, Purpose) and state is not AlignmentState.ORPHANED:
        return "\n".join([f"Our purpose: {_ended(top.statement)}", *sentences])
    verdict = view.judgement(node).verdict
    broken = f"The thread ends at {title(view.org, verdict.broken_at or node)}."
    step = next_step(view.org, node, verdict)
    return "\n".join([broken, *sentences, *([f"Next step: {step}"] if step else [])])


def _unjudged(view: OrganizationView, node: Id) -> Iterator[str]:
    """Why a goal has no verdict; of one that has closed what it came to, and what goes on with it."""
    goal = view.org.objectives.get(node)
    if goal is None or goal.outcome is None:
        reason = "alignment has not said how it stands" if view.org.live(node) else "it is not under way"
        yield f"{_name(view, node)} is not judged: {reason}."
        return
    yield f"{_name(view, node)} closed with a grade of {goal.outcome.grade:g}: {_ended(goal.outcome.note)}"
    heir = view.org.objectives.get(view.org.continued(node) or goal.successor or "")
    if heir is not None:
        cycle = view.org.cycles.get(heir.cycle or "")
        yield f"{title(view.org, heir.id)} goes on with it{f' in {cycle.name}' if cycle is not None else ''}."


def _sentence(view: OrganizationView, step: ThreadStep) -> str:
    link = step.link
    assert link is not None
    child, parent = _name(view, link.child), title(view.org, link.parent)
    if link.measure:
        return f"{child} measures {parent}."
    if link.because is None:
        return f"{child} serves {parent}; nobody has said why."
    stale = "" if view.org.explained(link) else " (said of an earlier version, not reaffirmed)"
    return f"{child} serves {parent}{stale}: {_ended(link.because)}"


def _name(view: OrganizationView, node: Id) -> str:
    """A node's title with the unit that owns it."""
    name = title(view.org, node)
    name = name[0].upper() + name[1:]
    owners = view.org.owners(node)
    unit = view.org.units.get(owners[0]) if owners else None
    return name if unit is None or isinstance(view.org.node(node), KeyResult) else f"{name} ({unit.name})"


def _ended(text: str) -> str:
    """`text` closed by a full stop, unless it closes itself."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
