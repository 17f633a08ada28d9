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

PERSON = """
query Person($id: ID!) {
  node(id: $id) { ... on Person { id name roles { role unit { name } } } }
}
"""

REMOVE = """
mutation RemovePerson($input: RemovePersonInput!) {
  removePerson(input: $input) {
    person { id name }
    revision
    warnings { code message path }
    errors { code message path }
  }
}
"""

INVITATIONS = """
query Invitations($states: [InvitationState!], $first: Int = 100, $after: String) {
  invitations(states: $states, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { state madeAt expiresAt claimedAt confirmedAt revokedAt undoneAt person { id name } invitedBy { id name } }
  }
}
"""

CONFIRM = """
mutation ConfirmInvitation($input: ConfirmInvitationInput!) {
  confirmInvitation(input: $input) { person { id name } errors { code message path } }
}
"""

UNDO = """
mutation UndoInvitation($input: UndoInvitationInput!) {
  undoInvitation(input: $input) { person { id name } errors { code message path } }
}
"""

REVOKE = """
mutation RevokeInvitation($input: RevokeInvitationInput!) {
  revokeInvitation(input: $input) { person { id name } errors { code message path } }
}
"""
