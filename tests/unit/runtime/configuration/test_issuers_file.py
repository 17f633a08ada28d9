"""The issuers file: what it says of each issuer, and that all that is wrong is said at once, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from goldenthread.runtime.configuration import issuers_file
from goldenthread.runtime.configuration.issuers_file import BadIssuersFile
from goldenthread.runtime.configuration.settings import BadSettings, DatabaseSettings, load
from goldenthread.runtime.configuration.small_files import UnreadableFile
from services.goals.settings import Settings as GoalsSettings

REST = {
    "GOLDENTHREAD_KAFKA": "localhost:9092",
    "GOLDENTHREAD_SERVICE_TOKEN": "a token",
    "GOLDENTHREAD_DATABASE_URL": "postgresql://user@db/name",
}
TWO = """
[[issuers]]
issuer = "https://login.example.com/realms/own/"
organization_claim = "groups"
administrator_claim = "/realm_access/roles"
administrator_values = ["Golden Thread Admins"]

[issuers.organizations]
"group a" = "org_a"
"group b" = "org_b"

[[issuers]]
issuer = "https://customer.example.com"
url = "http://proxy:8080/customer"
audience = "api://goldenthread"
subject_claim = "oid"
organization = "org_c"
"""


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(BadIssuersFile) as found:
        issuers_file.read(written(tmp_path / "issuers.toml", text))
    return found.value.problems


def test_each_table_is_an_issuer_and_the_first_is_the_installations_own(tmp_path: Path) -> None:
    path = written(tmp_path / "issuers.toml", TWO)
    found = load(DatabaseSettings, REST | {"GOLDENTHREAD_ISSUERS_FILE": path})
    own, other = found.trusted_issuers
    assert own is found.own_issuer is found.service_issuer
    assert (own.id, own.documents) == ("https://login.example.com/realms/own",) * 2
    assert own.organizations == {"group a": "org_a", "group b": "org_b"}
    assert (own.administrator_claim, own.administrator_values) == ("/realm_access/roles", ("Golden Thread Admins",))
    assert (own.services, own.subject_claim, own.audience) == (True, "sub", "goldenthread")
    assert (other.services, other.subject_claim, other.audience) == (False, "oid", "api://goldenthread")
    assert (other.documents, other.organization) == ("http://proxy:8080/customer", "org_c")
    assert other.administrator_claim is None
    assert other.documents_source == f"url of issuers[2] of {path}"
    assert own.documents_source == f"issuer of issuers[1] of {path}"


def test_one_issuer_is_said_by_variables_alone() -> None:
    told = {
        "GOLDENTHREAD_ISSUER": "https://login.example.com/",
        "GOLDENTHREAD_SUBJECT_CLAIM": "oid",
        "GOLDENTHREAD_FIXED_ORGANIZATION": "org_a",
    }
    (own,) = load(DatabaseSettings, REST | told).trusted_issuers
    assert (own.id, own.services, own.subject_claim) == ("https://login.example.com", True, "oid")
    assert (own.organization, own.organizations, own.organization_claim) == ("org_a", None, "organization")
    assert own.documents_source == "GOLDENTHREAD_ISSUER"
    assert own.source("organization") == "GOLDENTHREAD_FIXED_ORGANIZATION"


def test_variables_of_one_issuer_and_the_file_exclude_each_other(tmp_path: Path) -> None:
    path = written(tmp_path / "issuers.toml", TWO)
    told = {"GOLDENTHREAD_ISSUERS_FILE": path, "GOLDENTHREAD_ISSUER": "https://x", "GOLDENTHREAD_AUDIENCE": "y"}
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, REST | told)
    assert [each.partition(" ")[0] for each in found.value.problems] == ["GOLDENTHREAD_ISSUER", "GOLDENTHREAD_AUDIENCE"]
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, REST)
    assert found.value.problems == ["GOLDENTHREAD_ISSUER is not set, nor is GOLDENTHREAD_ISSUERS_FILE"]


def test_every_problem_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    text = """
more = 1
[[issuers]]
issuer = "login.example.com"
audiance = "x"
services = "yes"
organizations = {"a" = "org a", "" = "org_b"}
administrator_claim = "groups"
[[issuers]]
audience = ["x"]
organization = "org_a"
organization_claim = "/a~2"
service_clients = []
[[issuers]]
issuer = "https://a"
"""
    path = written(tmp_path / "issuers.toml", text)
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, REST | {"GOLDENTHREAD_ISSUERS_FILE": path})
    begins = f"GOLDENTHREAD_ISSUERS_FILE {path}: "
    assert all(each.startswith(begins) for each in found.value.problems)
    said = [each.removeprefix(begins) for each in found.value.problems]
    for place in (
        "'more' is no key of this file",
        "issuers[1].issuer takes a URL",
        "issuers[1].'audiance' is no key of an issuer; did you mean audience?",
        "issuers[1].services takes true or false",
        "issuers[1].organizations takes the id of an organization",
        "issuers[1] has one of administrator_claim and administrator_values",
        "issuers[2].audience takes a text",
        "issuers[2].organization_claim takes the name of a claim, or a JSON pointer",
        "issuers[2].service_clients takes a list",
        "issuers[2].service_clients names services, which this issuer does not vouch for",
        "issuers[2] needs the key issuer",
        "issuers[2] has organization, which is for all its tokens, and organization_claim",
        "issuers[3] does not say which organizations its tokens are for",
    ):
        assert [each for each in said if each.startswith(place)], (place, said)
    assert len(said) == 13


def test_an_issuer_has_one_table_and_one_vouches_for_services(tmp_path: Path) -> None:
    table = '[[issuers]]\nissuer = "https://a{}"\norganization = "org_a"\n'
    assert problems(tmp_path, table.format("") + table.format("/")) == [
        "issuers[2].issuer is that of issuers[1], too; an issuer has one table"
    ]
    none = problems(tmp_path, table.format("") + "services = false\n")
    assert none[0].startswith("no issuer vouches for services")
    second = table.format("") + "services = false\n" + table.format("/b") + 'services = true\nservice_claim = "sub"\n'
    found = issuers_file.read(written(tmp_path / "issuers.toml", second)).issuers
    assert [each.services for each in found] == [False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it needs a table [[issuers]]"),
        ("issuers = 5", "it needs a table [[issuers]]"),
        ("issuers = []", "it has 0 issuers"),
        ("issuers = [1]", "it needs a table [[issuers]]"),
        ("[[issuers]\n", "it is no TOML: "),
        ("a = " + "[" * 5_000, "it is no TOML: "),
        ('[[issuers]]\norganization = "org_a"\n' * 101, "it has 101 issuers"),
        ("".join(f"k{each} = 1\n" for each in range(100)), "'k"),
    ],
    ids=["empty", "number", "no table", "no tables", "syntax", "depth", "too many", "keys"],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, text: str, said: str) -> None:
    found = problems(tmp_path, text)
    assert found[0].startswith(said)
    assert len(found) <= 51
    assert all(len(each) < 500 for each in found)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "issuers.toml"
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, REST | {"GOLDENTHREAD_ISSUERS_FILE": str(path)})
    assert found.value.problems == [f"GOLDENTHREAD_ISSUERS_FILE: {path} cannot be read: No such file or directory"]
    path.write_bytes(b"\xff")
    with pytest.raises(UnreadableFile, match="not text in UTF-8"):
        issuers_file.read(str(path))
    path.write_bytes(b"#" * (4 * 2**20 + 1))
    with pytest.raises(UnreadableFile, match="is longer than"):
        issuers_file.read(str(path))


@given(st.text(max_size=100))
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "replace"))
    with pytest.raises((BadIssuersFile, UnreadableFile)):
        issuers_file.read(str(path))


def test_ten_thousand_groups_are_a_mapping_that_is_read(tmp_path: Path) -> None:
    rows = "".join(f'"group {each}" = "org_{each}"\n' for each in range(10_000))
    text = f'[[issuers]]\nissuer = "https://a"\n[issuers.organizations]\n{rows}'
    (only,) = issuers_file.read(written(tmp_path / "issuers.toml", text)).issuers
    assert only.organizations is not None
    assert len(only.organizations) == 10_000


def test_addresses_are_to_be_trusted_of_a_trusted_issuer_only(tmp_path: Path) -> None:
    file = {"GOLDENTHREAD_ISSUERS_FILE": written(tmp_path / "issuers.toml", TWO)}
    for told in (
        file | {"GOLDENTHREAD_INVITATION_EMAIL_ISSUER": "https://customer.example.com/"},
        {"GOLDENTHREAD_ISSUER": "https://a/", "GOLDENTHREAD_INVITATION_EMAIL_ISSUER": "https://a"},
    ):
        assert load(GoalsSettings, REST | told).invitation_email_issuer
    for told in (
        file | {"GOLDENTHREAD_INVITATION_EMAIL_ISSUER": "https://a"},
        {"GOLDENTHREAD_ISSUER": "https://a/", "GOLDENTHREAD_INVITATION_EMAIL_ISSUER": "https://b"},
    ):
        with pytest.raises(BadSettings) as found:
            load(GoalsSettings, REST | told)
        (problem,) = found.value.problems
        assert problem.startswith("GOLDENTHREAD_INVITATION_EMAIL_ISSUER is 'https://")
