"""The GraphQL documents that an organization is read with as a plan. They are checked against the schema by a test.

Goals are listed by id in pages, and read by their ids: that looks through no list, however many there are.
"""

from __future__ import annotations

EXPORT_UNITS = """
query ExportUnits($first: Int = 500, $after: String) {
  organization { name revision }
  purpose { id state statement }
  units(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name function parent { id } }
  }
}
"""

EXPORT_CYCLES = """
query ExportCycles($first: Int = 500, $after: String) {
  organization { revision }
  cycles(open: true, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { name startsOn endsOn }
  }
}
"""

EXPORT_WHYS = """
query ExportWhys($first: Int = 500, $after: String) {
  organization { revision }
  whys(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } }
}
"""

EXPORT_OBJECTIVES = """
query ExportObjectives($first: Int = 500, $after: String) {
  organization { revision }
  objectives(filter: {state: [ACTIVE, DRAFT]}, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id }
  }
}
"""

EXPORT_GOALS = """
query ExportGoals($ids: [ID!]!) {
  organization { revision }
  nodes(ids: $ids) {
    ... on GoalNode {
      __typename
      id
      title
      owners { id }
      parents(states: [ACCEPTED, PROPOSED, COUNTERED]) {
        kind weight because inReturn state explained parent { id }
      }
    }
    ... on Why { statement because audience { id } keyResults { id } }
    ... on Objective {
      description
      state
      status
      startsOn
      endsOn
      invited { id }
      cycle { name startsOn endsOn }
      keyResults { id }
    }
  }
}
"""

_CHECK_INS = """
fragment CheckIns on CheckInConnection {
  pageInfo { hasNextPage endCursor }
  nodes { value note at confidence status }
}
"""

EXPORT_KEY_RESULTS = (
    """
query ExportKeyResults($ids: [ID!]!) {
  organization { revision }
  nodes(ids: $ids) {
    ... on KeyResult {
      id
      title
      owners { id }
      parents(states: [ACCEPTED, PROPOSED, COUNTERED]) {
        kind weight because inReturn state explained parent { id }
      }
      measures { id }
      description
      startValue
      targetValue
      currentValue
      measureUnit
      direction
      confidence
      status
      checkIns(first: 30) { ...CheckIns }
    }
  }
}
"""
    + _CHECK_INS
)

EXPORT_CHECK_INS = (
    """
query ExportCheckIns($node: ID!, $first: Int = 100, $after: String) {
  organization { revision }
  node(id: $node) { ... on KeyResult { checkIns(first: $first, after: $after) { ...CheckIns } } }
}
"""
    + _CHECK_INS
)

EXPORT_FEEDBACK = """
query ExportFeedback($first: Int = 100, $after: String) {
  organization { revision }
  feedback(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { source segment body sentiment receivedAt about { id } }
  }
}
"""
