"""The GraphQL documents of `goldenthread import`. They are checked against the schema by a test.

The first one brings what a report shows, the second the rows of all pages after the first.
"""

from __future__ import annotations

_ROWS = """
fragment Rows on ImportRowConnection {
  totalCount
  pageInfo { hasNextPage endCursor }
  nodes {
    row place type title outcome goal { id } notes(first: 10) noteCount
    cells(first: 20) { cell outcome was here file note } cellCount
  }
}
"""
_COUNTS = """
    source
    taken
    created
    updated
    unchanged
    conflictCount
    leftCount
    missingCount
    skippedCount
    newUnitCount
    revision
"""
_PROBLEMS = """
    warnings { code message path }
    errors { code message path candidates }
"""

IMPORT = (
    """
mutation Import($input: ImportPlanInput!, $first: Int = 100) {
  importPlan(input: $input) {"""
    + _COUNTS
    + """    rows(first: $first) { ...Rows }
    missing
    newUnits
    skipped { row message }
    impact {
      orphaned(first: 500) { id title }
      orphanedCount
      unexplained(first: 500) { id title }
      unexplainedCount
      mended(first: 500) { id title }
      mendedCount
    }"""
    + _PROBLEMS
    + """  }
}
"""
    + _ROWS
)
"""For programs: every list as far as one answer goes."""

IMPORT_ROWS = (
    """
mutation ImportRows($input: ImportPlanInput!, $first: Int = 500, $after: String) {
  importPlan(input: $input) {
    revision
    rows(first: $first, after: $after) { ...Rows }"""
    + _PROBLEMS
    + """  }
}
"""
    + _ROWS
)
"""The same import again, for the rows that follow."""

IMPORT_REPORT = (
    """
mutation ImportReport($input: ImportPlanInput!, $first: Int = 50) {
  importPlan(input: $input) {"""
    + _COUNTS
    + """    conflicts: rows(first: $first, outcomes: [CONFLICT]) { ...Rows }
    others: rows(first: $first, outcomes: [SKIPPED, CREATED, UPDATED, LEFT, MISSING, UNCHANGED]) { ...Rows }
    missing(first: $first)
    newUnits(first: $first)
    skipped(first: $first) { row message }
    impact {
      orphanedTitles(first: 5)
      orphanedCount
      unexplainedTitles(first: 5)
      unexplainedCount
      mendedTitles(first: 5)
      mendedCount
    }"""
    + _PROBLEMS
    + """  }
}
"""
    + _ROWS
)
"""For a person: the rows to decide on, and the first of the others."""

IMPORTS = """
query Imports { imports { id fileName startedAt } }
"""

IMPORT_CHANGED = """
subscription ImportChanged { importChanged { id source fileName step done total startedAt } }
"""
