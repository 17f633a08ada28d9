"""What hung on something that ends goes on with its successor: links, unexplained until reaffirmed, and questions."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Link, LinkRound, Question, Why
from goldenthread.contracts.enums import LinkState, Side
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import LinkMoved, QuestionMoved
from goldenthread.organization.organization import LIVE_LINKS
from goldenthread.organization.responsibility import nearest_led_unit, side_unit, title
from goldenthread.organization.why_cascade import OPEN_QUESTIONS
from services.goals.domain import permissions
from services.goals.domain.decision import Case
from services.goals.domain.links import graph_rules
from services.goals.domain.listening.questions import WAITING


def served_by(case: Case, successor: Id) -> set[Id]:
    """The nodes that have a live link to it."""
    return {link.child for link in case.org.children(successor, *LIVE_LINKS)}


def hand_over(
    case: Case, node: Id, successor: Id, *prefix: str, speaks: bool = False, served: set[Id] | None = None
) -> None:
    """Move everything live that is linked to `node` (or to a measure of it) to `successor`.

    A child that has a live link to the successor already keeps its old one as it is. Refused: a successor that is the
    node itself, is not live, is not the actor's to speak for (unless the actor `speaks` for all), or would close a
    loop. `prefix` leads the paths of errors. `served` is `served_by(successor)` where many goals have one, and grows.
    """
    org, path = case.org, (*prefix, "successor")
    if node == successor:
        raise refuse(ErrorCode.INVALID, "A goal cannot succeed itself; name another.", *path)
    graph_rules.require_live_parent(org, successor, *path)
    if isinstance(org.node(successor), Why):
        permissions.require_change(org, case.actor, successor, *path)
    elif not speaks:
        permissions.require_decide(org, case.actor, successor, *path)
    above, served = _above(case, successor), served_by(case, successor) if served is None else served
    for hung_on in [node, *org.measures_of.get(node, {})]:
        for link in org.children(hung_on, *LIVE_LINKS):
            if link.measure or link.child in served:
                continue
            if link.child in above:
                _refuse_loop(case, link.child, successor, path)
            case.emit(LinkMoved(_moved(case, link, successor), link))
            served.add(link.child)
    for id in list(org.questions_about.get(node, {})):
        about(case, org.questions[id], successor)


def about(case: Case, question: Question, successor: Id) -> None:
    """An open question is about `successor` from now on; whom it waits for there has the whole time to answer."""
    if question.state not in OPEN_QUESTIONS:
        return
    owners = case.org.owners(successor)
    asked = nearest_led_unit(case.org, owners[0] if owners else case.root) or case.root
    waits = question.state in WAITING
    after = replace(
        question,
        about=successor,
        asked=asked,
        awaiting=asked if waits else question.awaiting,
        due_at=case.reply_by() if waits else question.due_at,
        unheard=False,
    )
    case.emit(QuestionMoved(after, question))


def _moved(case: Case, link: Link, successor: Id) -> Link:
    """`link` up to the successor. An open one gets a round of its own, so that nobody decides on what they did not read."""  # noqa: E501
    moved = replace(link, parent=successor, because_version=None)
    if link.state is LinkState.ACCEPTED:
        return moved
    said = LinkRound(link.round + 1, side_unit(case.org, link, Side.PARENT), case.actor, None, None, case.now)
    return replace(moved, round=said.round, rounds=[*link.rounds, said], due_at=case.reply_by())


def _above(case: Case, node: Id) -> set[Id]:
    """`node` and everything it leads up to along live links."""
    found, queue = {node}, [node]
    for each in queue:
        fresh = {link.parent for link in case.org.parents(each, *LIVE_LINKS)} - found
        found |= fresh
        queue += sorted(fresh)
    return found


def _refuse_loop(case: Case, child: Id, successor: Id, path: tuple[str, ...]) -> None:
    loop = graph_rules.way_up(case.org, successor, child) or [child]
    thread = " → ".join(title(case.org, each) for each in [*loop, successor])
    message = f"{title(case.org, child)} would serve itself by this successor: {thread}. Name another successor."
    raise refuse(ErrorCode.LINK_LOOP, message, *path, nodes=loop)
