"""The GraphQL documents of the commands about people who sign in. They are checked against the schema by a test."""

from __future__ import annotations

PEOPLE = """
query People($search: String, $unit: ID, $signedIn: Boolean, $first: Int = 100, $after: String) {
  people(search: $search, unit: $unit, signedIn: $signedIn, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id name email signsIn signedInAt invitedUntil roles { role unit { name } } }
  }
}
"""

INVITE = """
mutation Invite($input: InvitePersonInput!) {
  invitePerson(input: $input) { secret person { id name invitedUntil } errors { code message path } }
}
"""

MOVE_LOGINS = """
mutation MoveLogins($input: MoveLoginsInput!) {
  moveLogins(input: $input) {
    moved
    remaining
    conflicts { person { id name } holder { id name } }
    people(first: 20) { totalCount nodes { id name } }
    warnings { code message path }
    errors { code message path }
  }
}
"""
