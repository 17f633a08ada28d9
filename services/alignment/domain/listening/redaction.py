"""What is kept of what was said, for the figures: none of the words."""

from __future__ import annotations

from msgspec import structs

from goldenthread.contracts.entities import CustomerFeedback, OrganizationInfo, OrgUnit, Question, Why, WhyAnswer

Said = OrganizationInfo | OrgUnit | Why | WhyAnswer | CustomerFeedback | Question


def lean(said: Said) -> Said:
    """An entity without the words that no figure depends on: they stay with goals."""
    match said:
        case Why():
            return structs.replace(said, statement="", because=None, title="")
        case WhyAnswer():
            return structs.replace(said, statement="")
        case CustomerFeedback():
            responses = [structs.replace(each, body="") for each in said.responses]
            return structs.replace(said, source="", body="", segment=None, responses=responses)
        case Question():
            answers = [structs.replace(each, body="") for each in said.answers]
            return structs.replace(said, body="", settlement=None, answers=answers)
        case _:
            return said
