"""What hangs on goals that are copied goes on with their copies: links, questions, and what customers said.

Every link moves once, both of its ends at once: in which order goals are copied makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nlargest

from msgspec.structs import replace

from goldenthread.contracts.entities import CustomerFeedback, Id, Link, LinkRound
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.events.goals import FeedbackLinked, LinkMoved, QuestionMoved
from goldenthread.organization.former_links import ENDED_LINKS
from goldenthread.organization.organization import LIVE_LINKS
from goldenthread.organization.responsibility import side_unit
from goldenthread.organization.why_cascade import OPEN_QUESTIONS
from services.goals.domain import validation
from services.goals.domain.decision import Case


class Copies:
    """Which copy goes on with what: objectives and key results.

    A key result that is left out has no copy: what hangs on it goes on with the copy of its objective.
    """

    def __init__(self) -> None:
        self.copy_of: dict[Id, Id] = {}
        """original → copy; a key result that was left out → the copy of its objective."""
        self.left_out: set[Id] = set()
        self.retitled: set[Id] = set()
        """Originals whose copy says something else, not only in other words."""

    def reads_anew(self, node: Id) -> bool:
        """Whether the copy (or successor) of this node has another text for those who are linked to it."""
        return node in self.retitled or node in self.left_out


def move_links(case: Case, copies: Copies) -> None:
    """Live links up and from below move to the copies. They stay explained where they were and the text goes on.

    The links of a child that has ended stay: they say what served the goal that closes. So do the further links up of
    a key result that is left out, and a link to it whose child would have two to the copy. What was agreed goes before
    what is only proposed: a proposal that stays is withdrawn when its goal closes, and no accepted link is lost to it.

    Links up that have ended move as well: a copy is as broken as its original was, for the same reason, and the same
    terms can be offered again.
    """
    org, found, direct, hung = case.org, dict[Id, None](), list[Link](), list[Link]()
    former = [link for id in copies.copy_of if id not in copies.left_out for link in org.parents(id, *ENDED_LINKS)]
    for id in copies.copy_of:
        found.update((link.id, None) for link in [*org.parents(id, *LIVE_LINKS), *org.children(id, *LIVE_LINKS)])
    taken: set[tuple[Id, Id]] = set()
    for id in found:
        link = org.links[id]
        if link.measure:
            taken.add(_ends(copies, link))
        elif link.child not in copies.left_out and org.under_way(link.child):
            (hung if link.parent in copies.left_out else direct).append(link)
    taken.update(_ends(copies, link) for link in direct if link.state is LinkState.ACCEPTED)
    agreed = _move_apart(case, copies, [link for link in hung if link.state is LinkState.ACCEPTED], taken)
    for link in direct:
        if link.state is LinkState.ACCEPTED or _ends(copies, link) not in agreed:
            taken.add(_ends(copies, link))
            case.emit(LinkMoved(_moved(case, copies, link), link))
    _move_apart(case, copies, [link for link in hung if link.state is not LinkState.ACCEPTED], taken)
    for link in former:
        child, parent = _ends(copies, link)
        case.emit(LinkMoved(replace(link, child=child, parent=parent), link))


def _move_apart(case: Case, copies: Copies, links: list[Link], taken: set[tuple[Id, Id]]) -> set[tuple[Id, Id]]:
    """Move the links whose ends no other link has or gets (`taken`); gives the ends of the links that moved."""
    moved: set[tuple[Id, Id]] = set()
    for link in links:
        child, parent = ends = _ends(copies, link)
        if child != parent and ends not in taken:
            taken.add(ends)
            moved.add(ends)
            case.emit(LinkMoved(_moved(case, copies, link), link))
    return moved


def move_questions(case: Case, copies: Copies) -> None:
    """Open questions are about the copies from now on. Who is asked, and until when, stays as it was."""
    for original, copy in copies.copy_of.items():
        for id in list(case.org.questions_about.get(original, {})):
            question = case.org.questions[id]
            if question.state in OPEN_QUESTIONS:
                case.emit(QuestionMoved(replace(question, about=copy), question))


def message_count(case: Case, node: Id) -> int:
    """How many questions and words of customers about a goal go on with its copy, at most."""
    org = case.org
    asked = sum(org.questions[id].state in OPEN_QUESTIONS for id in org.questions_about.get(node, {}))
    return asked + min(case.limits.heard, len(org.feedback_about.get(node, {})))


def share_feedback(case: Case, copies: Copies, objectives: list[Id]) -> None:
    """What customers said about an objective and its key results is about the copies too: the newest of it."""
    org, added = case.org, dict[Id, dict[Id, None]]()
    for objective in objectives:
        about = [objective, *org.measures_of.get(objective, {})]
        said = dict.fromkeys(id for node in about if node in copies.copy_of for id in org.feedback_about.get(node, {}))
        newest: list[CustomerFeedback] = nlargest(
            case.limits.heard, (org.feedback[id] for id in said), key=lambda each: (each.received_at, each.id)
        )
        for feedback in newest:
            own = [each for each in about if feedback.id in org.feedback_about.get(each, {}) and each in copies.copy_of]
            added.setdefault(feedback.id, {}).update((copies.copy_of[each], None) for each in own)
    for id, about_too in added.items():
        feedback = org.feedback[id]
        fresh = list(about_too)[: validation.BULK - len(feedback.about)]
        if fresh:
            case.emit(FeedbackLinked(replace(feedback, about=[*feedback.about, *fresh]), fresh))


# -- inside ------------------------------------------------------------------------------------------------------------


def _ends(copies: Copies, link: Link) -> tuple[Id, Id]:
    return copies.copy_of.get(link.child, link.child), copies.copy_of.get(link.parent, link.parent)


def _moved(case: Case, copies: Copies, link: Link) -> Link:
    """`link` between what goes on with its ends. What was promised in return is promised anew, and not judged yet."""
    child, parent = _ends(copies, link)
    moved = replace(link, child=child, parent=parent, because_version=_because_version(case, copies, link))
    if child != link.child:
        moved = replace(moved, kept=None)
    if link.state is LinkState.ACCEPTED:
        return moved
    for side in _said_anew(copies, link):
        # A round of its own: nobody decides on what they did not read.
        said = LinkRound(moved.round + 1, side_unit(case.org, moved, side), case.actor, None, None, case.now)
        moved = replace(moved, round=said.round, rounds=[*moved.rounds, said], due_at=case.reply_by())
    return moved


def _because_version(case: Case, copies: Copies, link: Link) -> int | None:
    """The version of the parent that its because still speaks of."""
    if link.child in copies.retitled or copies.reads_anew(link.parent):
        return None
    before, after = case.org.node(link.parent), case.org.node(copies.copy_of.get(link.parent, link.parent))
    if before is None or after is None or before.id == after.id:
        return link.because_version
    return after.version if link.because_version == before.version else None


def _said_anew(copies: Copies, link: Link) -> Iterator[Side]:
    """The sides whose text is another one."""
    if link.child in copies.retitled:
        yield Side.CHILD
    if copies.reads_anew(link.parent):
        yield Side.PARENT
