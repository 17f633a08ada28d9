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
query Goals($first: Int = 300, $after: String) {
  goalTree(depth: null, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id title owners { id name } }
    links { id child { id } parent { id } }
  }
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
query Breaks($first: Int = 200, $after: String) {
  objectives(filter: {alignment: [UNEXPLAINED, ORPHANED], state: [ACTIVE]}, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
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

ANSWER_WHY = """
mutation AnswerWhy($input: AnswerWhyInput!) {
  answerWhy(input: $input) { answer { id stance } errors { code message path } }
}
"""

CASCADE = """
query Cascade($why: ID!) {
  node(id: $why) {
    ... on Why {
      id
      title
      statement
      version
      owners { name }
      cascade {
        addressed
        answered
        byLevel { depth addressed answered }
        silent { unit { name } stage heldUpBy { name } holdsUp }
      }
      answers(first: 50) { nodes { unit { id name lead { name } } statement stance state } }
    }
  }
}
"""

ASKED = """
query Asked($why: ID!) { node(id: $why) { ... on Why { questions(states: [OPEN], first: 1) { nodes { id } } } } }
"""

ASK_QUESTION = """
mutation AskQuestion($input: AskQuestionInput!) {
  askQuestion(input: $input) { question { id state } errors { code message path } }
}
"""

ANSWER_QUESTION = """
mutation AnswerQuestion($input: AnswerQuestionInput!) {
  answerQuestion(input: $input) { question { id state } errors { code message path } }
}
"""

SETTLE_QUESTION = """
mutation SettleQuestion($input: SettleQuestionInput!) {
  settleQuestion(input: $input) { question { id state } errors { code message path } }
}
"""

QUESTION = """
query Question($question: ID!) {
  node(id: $question) {
    ... on Question {
      body
      state
      unit { id name lead { name } }
      about { ... on GoalNode { title owners { name } } ... on Why { statement version } }
      answers { body by { name } }
      settlement { kind note resultingVersion by { name } }
    }
  }
}
"""

PARENTS = """
query Parents($node: ID!) { node(id: $node) { ... on Objective { parents { id parent { title } } } } }
"""

CLOSE_OBJECTIVE = """
mutation CloseObjective($input: CloseObjectiveInput!) {
  closeObjective(input: $input) { objective { id state } errors { code message path } }
}
"""

KEPT = """
query Kept($node: ID!, $link: ID!) {
  objective: node(id: $node) { ... on Objective { title state owners { name } outcome { grade note } } }
  link: node(id: $link) { ... on Link { kept inReturn parent { title owners { name } } } }
}
"""

RECIPROCITY = """
query Reciprocity($unit: ID!, $with: ID) {
  node(id: $unit) {
    ... on OrgUnit {
      reciprocity(with: $with) {
        unit { name }
        other { name }
        linksProposed
        linksAccepted
        promisesKept
        promisesBroken
        balance
      }
    }
  }
}
"""

RECORD_FEEDBACK = """
mutation RecordFeedback($input: RecordFeedbackInput!) {
  recordFeedback(input: $input) { feedback { id } errors { code message path } }
}
"""

RESPOND = """
mutation RespondToFeedback($input: RespondToFeedbackInput!) {
  respondToFeedback(input: $input) { feedback { id } errors { code message path } }
}
"""

FEEDBACK = """
query Feedback($feedback: ID!) {
  node(id: $feedback) {
    ... on CustomerFeedback {
      source
      segment
      sentiment
      body
      about { title owners { name } }
      responses { body outcome unit { name } by { name } }
    }
  }
}
"""

PATIENCE = """
query Patience { organization { policy { graceDays replyDays } } }
"""

SET_POLICY = """
mutation SetPolicy($input: SetPolicyInput!) {
  setPolicy(input: $input) { policy { graceDays replyDays } errors { code message path } }
}
"""

SILO_ALERTS = """
query SiloAlerts($states: [AlertState!]) {
  alerts(kinds: [SILO], states: $states, first: 50) {
    nodes { state message nextStep subject { id } addressee { name lead { name } } }
  }
}
"""
