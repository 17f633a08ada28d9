"""The GraphQL documents that an organisation is read with as a plan. They are checked against the schema by a test."""

from __future__ import annotations

EXPORT_UNITS = """
query ExportUnits($after: String) {
  organization { name }
  purpose { id state statement }
  units(first: 1000, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name function parent { id } }
  }
}
"""

EXPORT_CYCLES = """
query ExportCycles($after: String) {
  cycles(open: true, first: 1000, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { name startsOn endsOn }
  }
}
"""

_EXPORTED = """
fragment Up on GoalNode {
  id
  title
  owners { id }
  parents(states: [ACCEPTED, PROPOSED, COUNTERED]) {
    kind weight because inReturn state explained parent { id }
  }
}
fragment Measure on KeyResult {
  ...Up
  measures { id }
  description
  startValue
  targetValue
  currentValue
  measureUnit
  direction
  status
  confidence
  checkIns(first: 1000) { ...CheckIns }
}
"""

_CHECK_INS = """
fragment CheckIns on CheckInConnection {
  pageInfo { hasNextPage endCursor }
  nodes { value note at confidence status }
}
"""

EXPORT_CHECK_INS = (
    """
query ExportCheckIns($node: ID!, $after: String) {
  node(id: $node) { ... on KeyResult { checkIns(first: 1000, after: $after) { ...CheckIns } } }
}
"""
    + _CHECK_INS
)

EXPORT_WHYS = (
    """
query ExportWhys($after: String) {
  whys(first: 1000, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { ...Up statement because audience { id } keyResults { ...Measure } }
  }
}
"""
    + _EXPORTED
    + _CHECK_INS
)

EXPORT_OBJECTIVES = (
    """
query ExportObjectives($after: String) {
  objectives(filter: {state: [ACTIVE, DRAFT]}, first: 500, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      ...Up
      description
      state
      status
      startsOn
      endsOn
      invited { id }
      cycle { name startsOn endsOn }
      keyResults { ...Measure }
    }
  }
}
"""
    + _EXPORTED
    + _CHECK_INS
)

EXPORT_FEEDBACK = """
query ExportFeedback($after: String) {
  feedback(first: 1000, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { source segment body sentiment receivedAt about { id } }
  }
}
"""
