"""The next step in one sentence: made when a turn is shown, and not kept, because names change."""

from __future__ import annotations

from gateway.live.organization_view import OrganizationView
from gateway.views.turns import Turn, TurnKind
from goldenthread.contracts.entities import Id, Link, WhyAnswer
from goldenthread.contracts.enums import LinkState
from goldenthread.organization import responsibility
from goldenthread.organization.organization import Organization

MOST_QUOTED = 80


def next_step(view: OrganizationView, turn: Turn) -> str:
    """One sentence, the unit that moves first."""
    org = view.org
    if turn.kind is TurnKind.MEND_ORPHAN:
        return responsibility.next_step(org, turn.subject, view.judgement(turn.subject).verdict) or ""
    if turn.kind is TurnKind.REVIEW_INVITATION:
        name = view.names.get(turn.subject)
        called = "Somebody" if name is None else _short(name.name)
        return f"{called} claimed their invitation: confirm that it was them, or take the login away (undoInvitation)."
    who = responsibility.unit_name(org, responsibility.nearest_led_unit(org, turn.side))
    return f"{who}: {_what(org, turn)}."


def subject(org: Organization, id: Id) -> str:
    """Anything one can ask about, in words."""
    row = org.get(id)
    if isinstance(row, Link):
        return f"the link from {responsibility.title(org, row.child)} to {responsibility.title(org, row.parent)}"
    if isinstance(row, WhyAnswer):
        return f"the answer of {responsibility.unit_name(org, row.unit)} to {responsibility.title(org, row.why)}"
    return responsibility.title(org, id)


def _what(org: Organization, turn: Turn) -> str:
    match turn.kind:
        case TurnKind.DECIDE_LINK | TurnKind.REAFFIRM_LINK:
            return _about_link(org, org.links[turn.subject], turn.kind)
        case TurnKind.ANSWER_WHY:
            title, unit = responsibility.title(org, turn.subject), responsibility.unit_name(org, turn.side)
            return f"say what {title} means for {unit}"
        case TurnKind.DECIDE_CO_OWNERSHIP:
            title, unit = responsibility.title(org, turn.subject), responsibility.unit_name(org, turn.side)
            return f"say whether {title} is a goal of {unit} too"
        case TurnKind.CONFIRM_ANSWER:
            return f"confirm {subject(org, turn.subject)}, or ask about it"
        case TurnKind.RESPOND_TO_FEEDBACK:
            said = org.feedback[turn.subject]
            return f"say what became of “{_short(said.body)}” ({_short(said.source)})"
        case _:
            question = org.questions[turn.subject]
            about = f"“{_short(question.body)}” about {subject(org, question.about)}"
            if turn.kind is TurnKind.SETTLE_QUESTION:
                return f"settle the question {about}"
            return f"answer {responsibility.unit_name(org, question.unit)}, who asks {about}"


def _about_link(org: Organization, link: Link, kind: TurnKind) -> str:
    child, parent = responsibility.title(org, link.child), responsibility.title(org, link.parent)
    if kind is TurnKind.DECIDE_LINK:
        what = "the new terms of the link" if link.state is LinkState.COUNTERED else "the proposed link"
        return f"decide on {what} from {child} to {parent}"
    return f"{'reaffirm' if link.because is not None else 'say'} why {child} serves {parent}"


def _short(text: str) -> str:
    """The first words of a text, on one line, without the full stop a sentence around it brings."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= MOST_QUOTED else f"{line[:MOST_QUOTED].rsplit(' ', 1)[0]} …"
