"""Which settings about issuers go together. A problem is one sentence, which names the variables and what would fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from goldenthread.contracts.organization_ids import ORGANIZATION_ID, ORGANIZATION_ID_RULE
from goldenthread.contracts.read_api import issuer_id
from goldenthread.runtime.configuration.variables import variable

_OF_ONE_ISSUER = (
    "issuer",
    "issuer_url",
    "audience",
    "subject_claim",
    "organization_claim",
    "fixed_organization",
    "service_claim",
    "service_clients",
    "administrator_claim",
    "administrator_values",
)
"""Settings that the file says of each issuer."""


def issuer_problems(given: Collection[str], *, needed: bool) -> Iterator[str]:
    """One issuer is named, or a file of several; or none, where none is `needed`."""
    if "issuers_file" in given:
        for name in _OF_ONE_ISSUER:
            if name in given:
                yield f"{variable(name)} is set, which {variable('issuers_file')} says of each issuer; leave it out"
        return
    if needed and "issuer" not in given:
        yield f"{variable('issuer')} is not set, nor is {variable('issuers_file')}"
    if {"fixed_organization", "organization_claim"} <= set(given):
        yield (
            f"{variable('fixed_organization')} and {variable('organization_claim')} are both set; leave one of them out"
        )
    pair = [name for name in ("administrator_claim", "administrator_values") if name in given]
    if len(pair) == 1:
        (missing,) = {"administrator_claim", "administrator_values"} - set(pair)
        yield f"{variable(missing)} is not set, which {variable(pair[0])} asks for"


def claim_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the values of settings about claims, of which each by itself is a text."""
    if not values.get("administrator_values", "-").replace(",", "").strip():
        yield f"{variable('administrator_values')} has no value; name one, or leave it and the claim out"
    mail = values.get("invitation_email_issuer")
    if mail is not None and issuer_id(mail) not in _trusted(values):
        yield (
            f"{variable('invitation_email_issuer')} is {mail!r}, whose tokens are not trusted; name the issuer in"
            f" {variable('issuer')}, or one in {variable('issuers_file')}"
        )
    organization = values.get("fixed_organization")
    if organization is not None and not ORGANIZATION_ID.fullmatch(organization):
        yield f"{variable('fixed_organization')} is no id of an organization, which {ORGANIZATION_ID_RULE}"


def _trusted(values: Mapping[str, Any]) -> set[str]:
    file = values.get("issuers_file")
    return {issuer_id(values["issuer"])} if file is None else {each.id for each in file.issuers}
