"""The GraphQL documents that only the demo sends. They are checked against the schema by a test."""

from __future__ import annotations

CREATE_UNIT = """
mutation CreateUnit($input: CreateUnitInput!) {
  createUnit(input: $input) { unit { id name } errors { code message path } }
}
"""

UPDATE_UNIT = """
mutation UpdateUnit($input: UpdateUnitInput!) {
  updateUnit(input: $input) { unit { id name lead { id name } } errors { code message path } }
}
"""

OPEN_CYCLE = """
mutation OpenCycle($input: OpenCycleInput!) {
  openCycle(input: $input) { cycle { id name } errors { code message path } }
}
"""

LINK = """
mutation Link($input: LinkInput!) {
  link(input: $input) { link { id round state } errors { code message path } }
}
"""

ACCEPT_LINK = """
mutation AcceptLink($input: AcceptLinkInput!) {
  acceptLink(input: $input) { link { id round state } errors { code message path } }
}
"""

COUNTER_LINK = """
mutation CounterLink($input: CounterLinkInput!) {
  counterLink(input: $input) { link { id round state } errors { code message path } }
}
"""

DECLINE_LINK = """
mutation DeclineLink($input: DeclineLinkInput!) {
  declineLink(input: $input) { link { id round state } errors { code message path } }
}
"""

REVISE_WHY = """
mutation ReviseWhy($input: ReviseWhyInput!) {
  reviseWhy(input: $input) { why { id version } errors { code message path } }
}
"""

REAFFIRM_LINKS = """
mutation ReaffirmLinks($input: ReaffirmLinksInput!) {
  reaffirmLinks(input: $input) { links { id explained } errors { code message path } }
}
"""

CHECK_IN = """
mutation CheckIn($input: CheckInInput!) {
  checkIn(input: $input) { checkIn { id value } errors { code message path } }
}
"""

GOALS = """
query Goals {
  goalTree(depth: null) { nodes { id title owners { name } } links { id child { id } parent { id } } }
}
"""

JUDGED = """
query Judged {
  organization { revision }
  purpose { alignment { revision upToDate } }
}
"""

COMPANY = """
query Company {
  organization { name revision policy { linkPolicy alignmentRequired } }
  units { totalCount }
  people { totalCount }
}
"""

BREAKS = """
query Breaks {
  objectives(filter: {alignment: [UNEXPLAINED, ORPHANED], state: [ACTIVE]}, first: 100) {
    nodes { id title owners { name } alignment { state cause nextStep silentSide { name } } }
  }
}
"""

PROMISES = """
query Promises($node: ID!) {
  node(id: $node) {
    ... on GoalNode {
      id
      owners { name lead { name } }
      alignment { lineOfSight { link { inReturn child { title } parent { title owners { name } } } } }
    }
  }
}
"""

RETIRE_WHY = """
mutation RetireWhy($input: RetireWhyInput!) {
  retireWhy(input: $input) {
    revision
    why { id title state owners { name } sponsor { name } }
    impact {
      orphaned { ...Hit }
      unexplained { ...Hit }
      mended { ...Hit }
    }
    errors { code message path }
  }
}
fragment Hit on GoalNode { __typename id title owners { name } }
"""

SERVED = """
query Served($why: ID!) {
  node(id: $why) {
    ... on Why {
      id
      title
      state
      children(first: 100) { nodes { child { __typename id title owners { name } alignment { state } } } }
    }
  }
}
"""

_ALERT = """
fragment Told on Alert {
  id
  kind
  state
  cause
  message
  nextStep
  openedAt
  affected
  subject { id }
  addressee { id name lead { name } }
  goals(first: 50) { nodes { id title owners { name } } }
}
"""

ALERTS = (
    """
query Alerts($unit: ID) {
  alerts(unit: $unit, kinds: [GOAL_ORPHANED], first: 50) { nodes { ...Told } }
}
"""
    + _ALERT
)

ALERT_CHANGED = (
    """
subscription AlertChanged($unit: ID) {
  alertChanged(unit: $unit, kinds: [GOAL_ORPHANED]) { ...Told }
}
"""
    + _ALERT
)
