"""Entities without their words: no figure depends on words, so they stay with goals."""

from __future__ import annotations

from msgspec import structs

from goldenthread.contracts.entities import CustomerFeedback, OrganizationInfo, OrgUnit, Question, Why, WhyAnswer

FigureEntity = OrganizationInfo | OrgUnit | Why | WhyAnswer | CustomerFeedback | Question


def redacted(said: FigureEntity) -> FigureEntity:
    """The entity without its texts."""
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
