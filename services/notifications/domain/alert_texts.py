"""What an alert says: what happened, which thread it breaks, and the next step."""

from __future__ import annotations

from goldenthread.contracts.entities import Id, Link, WhyAnswer
from goldenthread.contracts.enums import Side
from goldenthread.contracts.events.alerts import AlertKind
from goldenthread.contracts.events.alignment import OrphanCause, SiloEvidence, SiloKind
from goldenthread.organization.responsibility import SILO_EVIDENCE, nearest_led_unit, next_step, title, unit_name
from services.notifications.domain.alert_facts import AlertFacts
from services.notifications.domain.alert_reasons import AlertReason, mends

_MENDED = {
    SiloKind.UNTOLD: "pass a why on to {}",
    SiloKind.UNANSWERED: "say what the why means for {}",
    SiloKind.ORPHANED: "link an objective of {} to a why",
    SiloKind.ISOLATED: "agree with a unit elsewhere on what {0} does for it, or it for {0}",
    SiloKind.UNHEARD: "answer what {} asked",
}


def message(facts: AlertFacts, reason: AlertReason, goals: list[Id], units: list[Id]) -> str:
    """What happened, and which thread it breaks."""
    match reason.key.kind:
        case AlertKind.GOAL_ORPHANED:
            return f"{_happened(facts, reason)}; {_thread(facts, goals)} does not trace back to the purpose."
        case AlertKind.GOAL_UNEXPLAINED:
            child, parent = _hop(facts, reason)
            return (
                f"{parent} changed, and why {child} still serves it is not said; "
                f"{_thread(facts, goals)} has lost its explanation."
            )
        case AlertKind.LINK_AWAITING:
            child, parent = _hop(facts, reason)
            who = unit_name(facts.org, reason.key.addressee)
            return f"The link from {child} to {parent} has been waiting for {who} for too long; {child} hangs on it."
        case AlertKind.WHY_UNANSWERED:
            why, owing = title(facts.org, reason.key.subject), _names(facts, units)
            return f"The why {why} has waited too long for an answer from {owing}; until then it goes no further down."
        case AlertKind.QUESTION_OVERDUE:
            who = unit_name(facts.org, reason.key.addressee)
            return f"Nobody answered the question about {_asked_about(facts, reason)} in time; {who} is asked now."
        case AlertKind.SILO:
            shown = _listed([SILO_EVIDENCE[each.kind] for each in _evidence(reason)])
            return f"{unit_name(facts.org, reason.key.subject)} has become a silo: {shown}."
        case AlertKind.WHY_UNLINKED:
            return f"Nothing is linked to {title(facts.org, reason.key.subject)}; its thread ends before any work."


def step(facts: AlertFacts, reason: AlertReason, goals: list[Id], units: list[Id]) -> str:
    """The next step, in one sentence: the same one the API shows."""
    who = unit_name(facts.org, reason.key.addressee)
    match reason.key.kind:
        case AlertKind.GOAL_ORPHANED | AlertKind.GOAL_UNEXPLAINED:
            found = next_step(facts.org, goals[0], facts.verdicts[goals[0]].verdict)
            child, parent = _hop(facts, reason)
            return found or f"{who}: say (or reaffirm) why {child} serves {parent}."
        case AlertKind.LINK_AWAITING:
            child, parent = _hop(facts, reason)
            link = facts.org.links[reason.key.subject]
            whose = "the new terms of the link" if link.turn is Side.CHILD else "the proposed link"
            return f"{who}: decide on {whose} from {child} to {parent}."
        case AlertKind.WHY_UNANSWERED:
            why, owing = title(facts.org, reason.key.subject), _names(facts, units)
            return f"{who}: say what {why} means for {owing}, or that there is no part in it."
        case AlertKind.QUESTION_OVERDUE:
            return f"{who}: answer the question about {_asked_about(facts, reason)}."
        case AlertKind.SILO:
            org, unit = facts.org, reason.key.subject
            mine = [
                each
                for each in _evidence(reason)
                if nearest_led_unit(org, mends(org, unit, each)) == reason.key.addressee
            ]
            return f"{who}: {_listed([_MENDED[each.kind].format(unit_name(org, unit)) for each in mine])}."
        case AlertKind.WHY_UNLINKED:
            why = title(facts.org, reason.key.subject)
            return f"{who}: ask the units that {why} addresses to link what serves it, or retire it."


def _happened(facts: AlertFacts, reason: AlertReason) -> str:
    broken, lost = title(facts.org, reason.broken_at), title(facts.org, reason.lost_parent)
    child, parent = _hop(facts, reason)
    match reason.cause:
        case OrphanCause.LINK_PENDING:
            return f"The link from {child} to {parent} is still undecided"
        case OrphanCause.WHY_RETIRED:
            return f"The why {lost} was retired"
        case OrphanCause.PARENT_ENDED:
            return f"{_capital(lost)} has ended"
        case OrphanCause.LINK_WITHDRAWN:
            return f"The link from {child} to {parent} was withdrawn"
        case OrphanCause.LINK_DECLINED:
            return f"The link from {child} to {parent} was declined"
        case OrphanCause.PURPOSE_MISSING:
            return "No purpose is published"
        case OrphanCause.LOOP:
            return f"{_capital(broken)} hangs on itself: every way up from it returns"
        case _:
            return f"{_capital(broken)} is linked to nothing"


def _hop(facts: AlertFacts, reason: AlertReason) -> tuple[str, str]:
    link = facts.org.links.get(reason.link) if reason.link else None
    if link is None:
        return title(facts.org, reason.broken_at or reason.key.subject), title(facts.org, reason.lost_parent)
    return title(facts.org, link.child), title(facts.org, link.parent)


def _thread(facts: AlertFacts, goals: list[Id]) -> str:
    first = f"the thread of {title(facts.org, goals[0])}"
    more = len(goals) - 1
    return f"{first} (and of {more} other goal{'s' if more > 1 else ''})" if more else first


def _evidence(reason: AlertReason) -> list[SiloEvidence]:
    return reason.silo.evidence if reason.silo is not None else []


def _listed(phrases: list[str]) -> str:
    """Phrases as one: “a”, “a, and b”, “a, b, and c”."""
    *first, last = phrases
    return f"{', '.join(first)}, and {last}" if first else last


def _names(facts: AlertFacts, units: list[Id]) -> str:
    """The first of some units by name, and how many more there are."""
    first, *more = sorted(unit_name(facts.org, unit) for unit in units)
    return f"{first} and {len(more)} other unit{'s' if len(more) > 1 else ''}" if more else first


def _asked_about(facts: AlertFacts, reason: AlertReason) -> str:
    """What a question is about: a goal, a link, or what a unit said to a why."""
    org = facts.org
    about = org.get(org.questions[reason.key.subject].about)
    if isinstance(about, Link):
        return f"the link from {title(org, about.child)} to {title(org, about.parent)}"
    if isinstance(about, WhyAnswer):
        return f"what {unit_name(org, about.unit)} says to {title(org, about.why)}"
    return title(org, about.id if about is not None else None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
