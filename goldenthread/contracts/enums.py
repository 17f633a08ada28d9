"""The words with few values: states, kinds, roles."""

from __future__ import annotations

from enum import StrEnum


class UnitFunction(StrEnum):
    """What kind of work a unit does."""

    EXECUTIVE = "EXECUTIVE"
    BUSINESS = "BUSINESS"
    TECHNOLOGY = "TECHNOLOGY"
    SHARED_SERVICES = "SHARED_SERVICES"


class Role(StrEnum):
    """What a person may do; LEAD and MEMBER are held in a unit, the others in the organization."""

    ADMIN = "ADMIN"
    EXECUTIVE = "EXECUTIVE"
    LEAD = "LEAD"
    MEMBER = "MEMBER"
    VIEWER = "VIEWER"


class PersonField(StrEnum):
    """What can be changed of a person besides their roles. A login is the issuer and the subject of their tokens."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    LOGIN = "LOGIN"


class InvitationState(StrEnum):
    """What became of an invitation.

    OPEN can be claimed. EXPIRED was claimed by nobody in time. CLAIMED gave somebody a login. REVOKED was taken back
    before that. UNDONE was claimed by somebody else than was meant, and their login was taken away.
    """

    OPEN = "OPEN"
    EXPIRED = "EXPIRED"
    CLAIMED = "CLAIMED"
    REVOKED = "REVOKED"
    UNDONE = "UNDONE"


class LinkPolicy(StrEnum):
    """Whether the other side is asked before a link counts."""

    RECIPROCAL = "RECIPROCAL"
    AUTO_ACCEPT = "AUTO_ACCEPT"


class Requirement(StrEnum):
    """What happens to an objective that becomes active without an accepted link."""

    OFF = "OFF"
    WARN = "WARN"
    BLOCK = "BLOCK"


class FiscalYearName(StrEnum):
    """The calendar year that a fiscal year is called after: the one it ends in, or the one it starts in."""

    END = "END"
    START = "START"


class PurposeState(StrEnum):
    """Life of the purpose."""

    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class WhyState(StrEnum):
    """Life of a why."""

    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class ObjectiveState(StrEnum):
    """Life of an objective."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"


class Disposition(StrEnum):
    """What becomes of an open objective when its cycle closes. COPY closes it, and a copy begins in the next cycle;
    CARRY_OVER takes it along as it is. A draft has nothing to grade: CLOSE archives it, COPY carries it over."""

    CLOSE = "CLOSE"
    COPY = "COPY"
    CARRY_OVER = "CARRY_OVER"
    ARCHIVE = "ARCHIVE"


class ProgressStatus(StrEnum):
    """How a person says it is going."""

    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    OFF_TRACK = "OFF_TRACK"


class Direction(StrEnum):
    """Which way a key result has to move."""

    INCREASE = "INCREASE"
    DECREASE = "DECREASE"
    STAY_ABOVE = "STAY_ABOVE"
    STAY_BELOW = "STAY_BELOW"


class LinkKind(StrEnum):
    """CONTRIBUTES moves the parent's contributed progress, SUPPORTS does not."""

    CONTRIBUTES = "CONTRIBUTES"
    SUPPORTS = "SUPPORTS"


class LinkState(StrEnum):
    """Where the conversation about a link stands."""

    PROPOSED = "PROPOSED"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class Side(StrEnum):
    """One of the two ends of a link."""

    CHILD = "CHILD"
    PARENT = "PARENT"


class Kept(StrEnum):
    """Was the promise in return kept? Said by the child's side at closing."""

    YES = "YES"
    PARTLY = "PARTLY"
    NO = "NO"


class AnswerStance(StrEnum):
    """What a unit says to a why: it takes part, it has no part in it, or it disagrees (which opens a question)."""

    TAKES_PART = "TAKES_PART"
    NO_PART = "NO_PART"
    DISAGREES = "DISAGREES"


class AnswerState(StrEnum):
    """How an answer stands: STALE once the why moved on, QUESTIONED while a question about it is open."""

    CURRENT = "CURRENT"
    CONFIRMED = "CONFIRMED"
    QUESTIONED = "QUESTIONED"
    STALE = "STALE"


class QuestionState(StrEnum):
    """Where the conversation about a question stands."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    SETTLED = "SETTLED"
    ESCALATED = "ESCALATED"
    WITHDRAWN = "WITHDRAWN"


class SettlementKind(StrEnum):
    """How a question ended, as its asker's side says."""

    AGREED = "AGREED"
    AMENDED = "AMENDED"
    DISAGREE_AND_COMMIT = "DISAGREE_AND_COMMIT"


class Sentiment(StrEnum):
    """How somebody outside sounds."""

    POSITIVE = "POSITIVE"
    NEUTRAL = "NEUTRAL"
    NEGATIVE = "NEGATIVE"


class FeedbackOutcome(StrEnum):
    """What became of what a customer said."""

    HEARD = "HEARD"
    ACTED_ON = "ACTED_ON"
    NOT_NOW = "NOT_NOW"


class ConflictChoice(StrEnum):
    """Which side of a conflict between a file and what is here is taken: the file's (THEIRS) or what is here (OURS)."""

    THEIRS = "THEIRS"
    OURS = "OURS"


class RowOutcome(StrEnum):
    """What became of a row of an imported file, the weightiest first: CONFLICT when a cell of it is one.

    LEFT: the file says nothing new, and what was changed here stays. MISSING: it is gone from the file and still here.
    """

    CONFLICT = "CONFLICT"
    SKIPPED = "SKIPPED"
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    LEFT = "LEFT"
    UNCHANGED = "UNCHANGED"
    MISSING = "MISSING"


class CellOutcome(StrEnum):
    """What became of a cell of an imported row: TAKEN, LEFT as it was changed here, or a CONFLICT to be decided.

    READ_ANEW: its text is the old one and is read as something else now; it is reported and not taken.
    """

    TAKEN = "TAKEN"
    LEFT = "LEFT"
    CONFLICT = "CONFLICT"
    READ_ANEW = "READ_ANEW"


class ImportStep(StrEnum):
    """What an import that is under way does: reads the file, compares it with what is here, writes; or how it ended."""

    READING = "READING"
    COMPARING = "COMPARING"
    WRITING = "WRITING"
    DONE = "DONE"
    FAILED = "FAILED"


class WebhookDisabledReason(StrEnum):
    """Why nothing is sent to a webhook: its receiver answered 410, or its stored secrets cannot be decrypted."""

    RECEIVER_GONE = "RECEIVER_GONE"
    SECRETS_UNREADABLE = "SECRETS_UNREADABLE"
