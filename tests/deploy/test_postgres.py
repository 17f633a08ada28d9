"""What the rules (`rules/databases.py`) leave open of the component postgres-cnpg: nobody has a password."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import DATABASES
from goldenthread.runtime.configuration import dsn

DEPLOY = Path(__file__).parents[2] / "deploy" / "k8s"
COMPONENT = DEPLOY / "components" / "postgres-cnpg"
CLUSTER = "goldenthread-postgres"


def objects(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((COMPONENT / name).read_text()))


@pytest.fixture
def cluster() -> dict[str, Any]:
    (found,) = objects("cluster.yaml")
    assert found["metadata"]["name"] == CLUSTER
    return dict(found["spec"])


def test_every_process_with_a_database_owns_one_named_like_it() -> None:
    made = objects("databases.yaml")
    roles = {each["spec"]["name"]: each for each in made if each["kind"] == "DatabaseRole"}
    databases = {each["spec"]["name"]: each for each in made if each["kind"] == "Database"}
    assert set(roles) == set(databases) == set(DATABASES)
    for name in DATABASES:
        assert databases[name]["spec"]["owner"] == name
        assert roles[name]["metadata"]["name"] == databases[name]["metadata"]["name"] == f"goldenthread-{name}"
        assert roles[name]["spec"]["clientCertificate"] == {"enabled": True}
        assert roles[name]["spec"]["disablePassword"] is True
    assert {each["spec"]["cluster"]["name"] for each in made} == {CLUSTER}


def test_a_role_comes_with_a_certificate_to_its_own_database_alone(cluster: dict[str, Any]) -> None:
    assert cluster["postgresql"]["pg_hba"] == [f"hostssl {name} {name} all cert" for name in DATABASES]


def test_no_answered_commit_is_lost_with_a_node(cluster: dict[str, Any]) -> None:
    assert cluster["instances"] > cluster["postgresql"]["synchronous"]["number"] + 1 > 1
    assert cluster["affinity"]["podAntiAffinityType"] == "required"
    (backup,) = objects("backup.yaml")
    assert backup["spec"]["cluster"]["name"] == CLUSTER
    archivers = [each["name"] for each in cluster["plugins"] if each["isWALArchiver"]]
    assert archivers == [backup["spec"]["pluginConfiguration"]["name"]]


def spec(file: str) -> dict[str, Any]:
    (patch,) = objects(f"clients/{file}.yaml")
    return dict(patch["spec"]["template"]["spec"])


def assert_connects(container: dict[str, Any], name: str, volumes: list[dict[str, Any]]) -> None:
    """A container's URL is that of a database, and every file it names is in the volume that is mounted there."""
    (variable,) = container["env"]
    assert variable["name"] == "GOLDENTHREAD_DATABASE_URL"
    assert dsn.problem(Secret(variable["value"])) is None
    assert not dsn.holds_password(Secret(variable["value"]))
    url = urlsplit(variable["value"])
    assert (url.username, url.hostname, url.port, url.path) == (name, f"{CLUSTER}-rw", 5432, f"/{name}")
    query = parse_qs(url.query)
    assert query.pop("sslmode") == ["verify-full"]
    (mount,) = container["volumeMounts"]
    (volume,) = [each for each in volumes if each["name"] == mount["name"]]
    sources = {source["secret"]["name"]: source["secret"]["items"] for source in volume["projected"]["sources"]}
    assert list(sources) == [f"{CLUSTER}-ca", f"goldenthread-{name}-client-cert"]
    files = {f"{mount['mountPath']}/{item['path']}" for items in sources.values() for item in items}
    assert {value for values in query.values() for value in values} == files
    assert "ca.key" not in {item["key"] for items in sources.values() for item in items}


@pytest.mark.parametrize("name", DATABASES)
def test_a_process_and_its_migrations_connect_as_the_owner_and_verify_whom_they_talk_to(name: str) -> None:
    volumes = spec(name)["volumes"]
    assert_connects(spec(name)["containers"][0], name, volumes)
    assert_connects(spec(f"{name}-migrate")["initContainers"][0], name, volumes)
    job = spec("job")
    (container,) = [each for each in job["containers"] if each["name"] == name]
    assert_connects(container, name, job["volumes"])
