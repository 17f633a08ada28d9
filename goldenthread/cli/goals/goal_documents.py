"""The GraphQL documents of the commands that show goals. They are checked against the schema by a test.

Lists are read in pages (`goldenthread/cli/common/paging.py`): `$first` is how many items fit one request well.
"""

from __future__ import annotations

TREE = """
query Tree($root: ID, $depth: Int, $first: Int = 300, $after: String) {
  newest: objectives(first: 1) { nodes { alignment { upToDate } } }
  goalTree(root: $root, depth: $depth, first: $first, after: $after) {
    revision
    truncated
    pageInfo { hasNextPage endCursor }
    roots { id }
    nodes {
      __typename
      id
      title
      owners { name }
      alignment { state cause brokenAt { id } }
      ... on Objective { state progress }
      ... on KeyResult { progress }
    }
    links { id primary explained because child { id } parent { id title } }
  }
}
"""

THREAD = """
query Thread($node: ID!) {
  node(id: $node) {
    __typename
    id
    ... on GoalNode {
      title
      alignment {
        state
        aloud
        cause
        upToDate
        nextStep
        silentSide { id name }
        brokenAt { id title }
        lineOfSight { because explained node { id title owners { name } } }
      }
    }
  }
}
"""

ORPHANS = """
query Orphans($first: Int = 200, $after: String) {
  newest: objectives(first: 1) { nodes { alignment { upToDate } } }
  objectives(filter: {alignment: [ORPHANED]}, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      title
      owners { name }
      alignment { cause since nextStep silentSide { id name } brokenAt { id title } lostParent { id title } }
    }
  }
}
"""

FIND = """
query Find($text: String!, $first: Int = 500, $after: String) {
  goals(search: $text, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id title alignment { state }
      ... on Objective { state cycle { name } }
      ... on KeyResult { measures { ... on Objective { state cycle { name } } } } }
  }
}
"""

_HEALTH = """
fragment Health on AlignmentHealth {
  objectives
  aligned
  unexplained
  pending
  orphaned
  cascadeCoverage
  outsideInCoverage
  medianDepth
  medianAnswerHours
  medianResponseHours
  history(since: $since) { on objectives aligned unexplained pending orphaned }
}
"""

HEALTH = (
    """
query Health($since: Date) {
  organization { name health { ...Health } }
}
"""
    + _HEALTH
)

UNITS_HEALTH = (
    """
query UnitsHealth($since: Date, $first: Int = 50, $after: String) {
  units(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name health { ...Health } }
  }
}
"""
    + _HEALTH
)

UNIT_HEALTH = (
    """
query UnitHealth($unit: ID!, $since: Date) {
  node(id: $unit) { ... on OrgUnit { id name health { ...Health } } }
}
"""
    + _HEALTH
)
