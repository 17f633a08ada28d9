"""The GraphQL documents that several commands send. They are checked against the schema by a test.

Lists are read in pages (`goldenthread/cli/common/paging.py`): `$first` is how many items fit one request well.
"""

from __future__ import annotations

VIEWER = """
query Viewer {
  viewer { person { id name } serviceAccount { id name } organization { id name } roles { role unit { id name } } }
}
"""

STATUS = """
query Status {
  organization { id name revision }
}
"""

UNITS = """
query Units($search: String, $first: Int = 500, $after: String) {
  units(search: $search, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name }
  }
}
"""

SERVICE_ACCOUNTS = """
query ServiceAccounts($first: Int = 500, $after: String) {
  serviceAccounts(first: $first, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
}
"""

CREATE_SERVICE_ACCOUNT = """
mutation CreateServiceAccount($input: CreateServiceAccountInput!) {
  createServiceAccount(input: $input) { serviceAccount { id name } errors { code message path } }
}
"""

ROLES = """
query Roles($person: ID!) {
  node(id: $person) {
    ... on Person { id name roles { role unit { id } } }
    ... on ServiceAccount { id name roles { role unit { id } } }
  }
}
"""

ADD_PERSON = """
mutation AddPerson($input: AddPersonInput!) {
  addPerson(input: $input) { person { id name } errors { code message path } }
}
"""

SET_ROLES = """
mutation SetRoles($input: SetRolesInput!) {
  setRoles(input: $input) { person { id name } errors { code message path } }
}
"""
