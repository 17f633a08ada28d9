"""What the rules (`rules/kafka.py`) leave open of the component kafka-strimzi."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from goldenthread.launcher.topology import PROCESSES, Process
from tests.deploy import strimzi

each_process = pytest.mark.parametrize("process", PROCESSES, ids=[process.name for process in PROCESSES])


def objects(file: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(file.read_text()))


@pytest.mark.parametrize("file", ["topics.yaml", "users.yaml"])
def test_what_is_written_from_the_code_is_up_to_date(file: str) -> None:
    path = strimzi.COMPONENT / file
    assert path.read_text() == strimzi.files()[path], "run: python -m tests.deploy.strimzi"


def test_no_secret_of_a_user_is_called_like_that_of_a_process() -> None:
    """The User Operator writes a Secret of the user's name: it would be the one with the process's own secrets."""
    users = {each["metadata"]["name"] for each in objects(strimzi.COMPONENT / "users.yaml")}
    assert not users & {process.client for process in PROCESSES}


def test_records_outlive_a_node() -> None:
    pools = objects(strimzi.COMPONENT / "node-pools.yaml")
    assert {volume["type"] for pool in pools for volume in pool["spec"]["storage"]["volumes"]} == {"persistent-claim"}


@each_process
def test_a_process_shows_the_certificate_of_its_own_user(process: Process) -> None:
    (patch,) = objects(strimzi.COMPONENT / "clients" / f"{process.name}.yaml")
    (volume,) = patch["spec"]["template"]["spec"]["volumes"]
    secrets = [source["secret"]["name"] for source in volume["projected"]["sources"]]
    assert secrets == [f"{strimzi.CLUSTER}-cluster-ca-cert", strimzi.user_of(process)]
