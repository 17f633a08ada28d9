"""The GraphQL documents of `goldenthread erase-person`."""

from __future__ import annotations

FORMER = """
query Former($text: String!, $first: Int = 500, $after: String) {
  formerPeople(search: $text, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id name } } }
"""

ERASE = """
mutation Erase($input: ErasePersonInput!) {
  erasePerson(input: $input) {
    person { id name erased }
    revision
    warnings { code message path }
    errors { code message path } } }
"""
