"""What people can read of an organization that does not change by itself, however much time has passed."""

from __future__ import annotations

from typing import Any

from tests.support.graphql_client import Client

_STATES = "states: [PROPOSED, COUNTERED, ACCEPTED, DECLINED, WITHDRAWN]"
_LISTS = {
    "units": "units(first: 500) { nodes { id name function parent { id } lead { id } } }",
    "people": "people(first: 500) { nodes { id name email erased roles { role unit { id } } } }",
    "serviceAccounts": "serviceAccounts(first: 500) { nodes { id name revoked } }",
    "cycles": "cycles(first: 500) { nodes { id name startsOn endsOn } }",
    "whys": """whys(states: [PUBLISHED, RETIRED], first: 500) { nodes { id statement version owners { id }
        answers { nodes { id statement version by { id } unit { id } } } } }""",
    "objectives": f"""objectives(first: 500) {{ nodes {{ id title description version owners {{ id }}
        keyResults {{ id title checkIns {{ nodes {{ id value note at }} }} }}
        parents({_STATES}) {{ id because inReturn proposedAt parent {{ id }} proposedBy {{ id }} }} }} }}""",
    "questions": "questions(first: 500) { nodes { id body askedAt about { id } askedBy { id } answers { body } } }",
    "feedback": "feedback(first: 500) { nodes { id source body about { id } recordedBy { id } } }",
    "alerts": """alerts(states: [OPEN, ACKNOWLEDGED, RESOLVED], first: 500) { nodes { id kind cause openedAt
        acknowledgedAt note acknowledgedBy { id } subject { id } addressee { id } } }""",
}
Told = dict[str, dict[str, Any]]
"""List → id → what is said of it."""


async def told(client: Client) -> Told:
    """What is said now."""
    found: Told = {}
    for name, asked in _LISTS.items():
        answer = await client.until(f"{{ {asked} }}", lambda _: True)
        found[name] = {each["id"]: each for each in answer[name]["nodes"]}
    return found


def assert_still_told(before: Told, now: Told) -> None:
    """Everything that was said before is said now; what was added meanwhile may be there, too."""
    for name, each in before.items():
        assert {id: now[name].get(id) for id in each} == each, name
