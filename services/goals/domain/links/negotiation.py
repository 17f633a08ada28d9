"""The negotiation of a link: a turn, an ending, an acceptance, and the why that mirrors its because."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.entities import Id, Link, LinkRound, Purpose, Why
from goldenthread.contracts.enums import LinkPolicy, LinkState, Role, Side
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkAccepted, LinkCountered, LinkProposed, LinkReaffirmed, WhyRevised
from goldenthread.organization.organization import LIVE_LINKS, Organization
from goldenthread.organization.responsibility import side_unit, title
from services.goals.domain import permissions
from services.goals.domain.decision import Case
from services.goals.domain.links import activation


def turned(case: Case, link: Link, side: Side, because: str | None, in_return: str | None) -> Link:
    """`link` with one more round said by `side`: its terms, and the other side's turn."""
    said = LinkRound(link.round + 1, side_unit(case.org, link, side), case.actor, because, in_return, case.now)
    return replace(
        link,
        round=said.round,
        rounds=[*link.rounds, said],
        because=link.because if because is None else because,
        because_version=link.because_version if because is None else _version(case.org, link.parent),
        in_return=link.in_return if in_return is None else in_return,
        turn=Side.PARENT if side is Side.CHILD else Side.CHILD,
        due_at=case.reply_by(),
    )


def ended(case: Case, link: Link, state: LinkState, reason: str | None) -> Link:
    """`link` with the conversation ended in `state`."""
    return replace(link, state=state, reason=reason, decided_by=case.actor, decided_at=case.now, turn=None, due_at=None)


def accept_now(case: Case, link: Link, *, activates: bool = True) -> Link:
    """`link` accepted: its place among the accepted, what its why says, and what it lets become active."""
    accepted = replace(ended(case, link, LinkState.ACCEPTED, None), accepted_order=case.order)
    case.emit(LinkAccepted(accepted))
    if link.because is not None and link.because_version != _version(case.org, link.parent):
        message = f"{title(case.org, link.parent)} was revised since the because was written; reaffirm the link."
        case.warn(ErrorCode.STALE_VERSION, message, "link")
    mirror(case, accepted)
    if activates:
        activation.on_accepted(case, accepted)
    return accepted


def accepts_itself(org: Organization, actor: Id | None, child: Id, parent: Id) -> bool:
    """True where nobody else has to be asked: AUTO_ACCEPT, within one unit, an executive's why to the purpose."""
    if org.info is not None and org.info.policy.link_policy is LinkPolicy.AUTO_ACCEPT:
        return True
    if isinstance(org.node(parent), Purpose):
        return isinstance(org.node(child), Why) and permissions.holds(org, actor, Role.EXECUTIVE)
    return set(org.owners(parent)) <= set(org.owners(child))


def restate(case: Case, link: Link, because: str) -> None:
    """The child's side writes `because` anew: an accepted link is reaffirmed, an open one gets another round."""
    if link.state is LinkState.ACCEPTED:
        version = _version(case.org, link.parent)
        if (link.because, link.because_version) != (because, version):
            link = replace(link, because=because, because_version=version)
            case.emit(LinkReaffirmed(link))
            mirror(case, link)
        return
    again = turned(case, link, Side.CHILD, because, None)
    case.emit(LinkProposed(again) if link.state is LinkState.PROPOSED else LinkCountered(again))


def mirror(case: Case, link: Link) -> None:
    """A why says the because of its oldest link: it follows when that one's changes."""
    why = case.org.whys.get(link.child)
    oldest = upward(case.org, link.child)
    if why is not None and oldest is not None and oldest.id == link.id and why.because != link.because:
        case.emit(WhyRevised(replace(why, because=link.because), before=why, editorial=True))


def upward(org: Organization, why: Id) -> Link | None:
    """The link that mirrors a why's because: its oldest accepted one, else its oldest open one."""
    return next(iter(org.parents(why, *LIVE_LINKS)), None)


def _version(org: Organization, node: Id) -> int:
    found = org.node(node)
    return found.version if found is not None else 0
