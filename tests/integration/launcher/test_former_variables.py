"""`goldenthread up` says that variables of an earlier release are read no more: its processes say it in their logs."""

from __future__ import annotations

from pathlib import Path

from tests.support.command_line import CommandLine

NEW = {"GOLDENTHREAD_TRACES": "OTEL_TRACES_EXPORTER", "GOLDENTHREAD_OTLP_ENDPOINT": "OTEL_EXPORTER_OTLP_ENDPOINT"}


async def test_up_names_each_former_variable_once_with_the_one_that_replaces_it(new_data_dir: Path) -> None:
    nowhere = {"GOLDENTHREAD_POSTGRES": "postgresql://me:fish@127.0.0.1:1/x"}
    type_command = CommandLine(dict.fromkeys(NEW, "otlp") | nowhere, Path("/"))
    done = await type_command("up", "--data-dir", new_data_dir)
    assert done.code != 0
    said = " ".join(done.err.split())
    for old, new in NEW.items():
        assert said.count(f"{old} is set, but is not read any more: set {new}") == 1, done.err
