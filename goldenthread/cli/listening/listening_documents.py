"""The GraphQL documents of the commands about telling and listening. They are checked against the schema by a test.

Lists are read in pages (`goldenthread/cli/common/paging.py`): `$first` is how many items fit one request well.
"""

from __future__ import annotations

_SILENT = """
fragment Silent on SilentUnitConnection {
  pageInfo { hasNextPage endCursor }
  nodes { unit { name } stage dueAt overdue holdsUp heldUpBy { name } }
}
"""

WHYS = (
    """
query Whys($first: Int = 5, $after: String) {
  whys(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      title
      owners { name }
      cascade {
        addressed
        answered
        confirmed
        overdue
        byLevel { depth addressed answered }
        silentUnits(first: 100) { ...Silent }
      }
    }
  }
}
"""
    + _SILENT
)

SILENT_UNITS = (
    """
query SilentUnits($node: ID!, $first: Int = 100, $after: String) {
  node(id: $node) { ... on Why { cascade { silentUnits(first: $first, after: $after) { ...Silent } } } }
}
"""
    + _SILENT
)

TURNS = """
query Turns($unit: ID, $first: Int = 300, $after: String) {
  myTurn(unit: $unit, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { kind subject { id } unit { name } since dueAt overdue nextStep }
  }
}
"""

QUESTIONS = """
query Questions($states: [QuestionState!], $first: Int = 200, $after: String) {
  questions(states: $states, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      body
      state
      unit { name }
      awaiting { name }
      askedAt
      dueAt
      about {
        __typename
        id
        ... on GoalNode { title }
        ... on Link { child { title } parent { title } }
        ... on WhyAnswer { unit { name } why { title } }
      }
      answers { body at }
    }
  }
}
"""

FEEDBACK = """
query Feedback($linked: Boolean, $unit: ID, $first: Int = 100, $after: String) {
  feedback(linked: $linked, unit: $unit, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      receivedAt
      source
      segment
      sentiment
      body
      about { id title }
      responses { unit { name } outcome body at }
    }
  }
}
"""

UNHEARD_WHYS = """
query UnheardWhys($first: Int = 300, $after: String) {
  whys(withoutEvidence: true, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { __typename id title owners { name } }
  }
}
"""

UNHEARD_OBJECTIVES = """
query UnheardObjectives($first: Int = 300, $after: String) {
  objectives(filter: {withoutEvidence: true, state: [ACTIVE]}, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { __typename id title owners { name } }
  }
}
"""

GOALS_NAMED = """
query GoalsNamed($first: Int = 1000, $after: String) {
  goalTree(depth: null, first: $first, after: $after) {
    revision
    pageInfo { hasNextPage endCursor }
    nodes { id title }
  }
}
"""

RECORD_FEEDBACK = """
mutation RecordFeedback($input: RecordFeedbackItemsInput!) {
  recordFeedbackItems(input: $input) {
    feedback { id source receivedAt about { id title } }
    revision
    errors { code message path }
  }
}
"""

GREETING = """
query Greeting($first: Int) {
  newest: objectives(first: 1) { nodes { alignment { upToDate } } }
  organization { name }
  myTurn(first: $first) { totalCount nodes { overdue nextStep } }
}
"""

SILOS = """
query Silos($first: Int = 300, $after: String) {
  units(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { silo { unit { id name } since evidence { kind since detail about { id } } } }
  }
}
"""

_PASSED = """
fragment Passed on Reciprocity {
  unit { id name }
  other { id name }
  whysTold
  whysAnswered
  questionsAsked
  questionsAnswered
  questionsEscalated
  linksProposed
  linksAccepted
  linksDeclined
  promisesKept
  promisesBroken
  medianAnswerHours
  balance
}
"""

RECIPROCITY = (
    """
query Reciprocity($since: Date, $first: Int = 10, $after: String) {
  units(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name reciprocity(since: $since) { ...Passed } }
  }
}
"""
    + _PASSED
)

UNIT_RECIPROCITY = (
    """
query UnitReciprocity($unit: ID!, $since: Date) {
  node(id: $unit) {
    ... on OrgUnit {
      id
      name
      reciprocity(since: $since) {
        ...Passed
        back: other { reciprocity(with: $unit, since: $since) { ...Passed } }
      }
    }
  }
}
"""
    + _PASSED
)
