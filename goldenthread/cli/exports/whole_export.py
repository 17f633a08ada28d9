"""`goldenthread export --everything`: all that is kept of an organization, as the ZIP file that a gateway makes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import httpx

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.contracts.secret import Secret

_PAUSE = 60.0
_MIB = 2**20
_BROKE_OFF = "the export broke off; try again. A slow download breaks off while other organizations wait for theirs."


def save(file: Path | None, data_dir: Path, url: str | None, token: Secret | None, organization: str | None) -> None:
    """Write it to `file`, which is there when it is whole. Raises CommandError."""
    if file is None or file == Path("-"):
        raise CommandError("everything is a ZIP file: name the file to write, for example everything.zip")
    part = file.with_name(f"{file.name}.part")
    with connect(data_dir, url, token, organization) as graphql:
        address = f"{graphql.url.rstrip('/').removesuffix('/graphql')}/export"
        try:
            with graphql.stream(address, _PAUSE) as answer:
                _refuse(address, answer)
                _write(part, answer)
            part.replace(file)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise CommandError(_BROKE_OFF) from error
        except httpx.HTTPError as error:
            raise CommandError(f"{address} broke off: {error or type(error).__name__}; try again") from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
        finally:
            output.clear_progress()
            part.unlink(missing_ok=True)
    output.note(f"{file} has everything; README.txt in it says what each file is.")


def _refuse(address: str, answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.OK:
        return
    try:
        problems = httpx.Response(200, content=answer.read()).json()["errors"]
        said = "; ".join(str(each["message"]) for each in problems)
    except (ValueError, KeyError, TypeError):
        said = f"{address} answered {answer.status_code}"
    raise CommandError(said)


def _write(part: Path, answer: httpx.Response) -> None:
    received = 0
    with part.open("wb") as written:
        for chunk in answer.iter_bytes(_MIB):
            written.write(chunk)
            received += len(chunk)
            output.show_progress(f"{received / _MIB:,.1f} MiB")
    if not zipfile.is_zipfile(part):
        raise CommandError(_BROKE_OFF)
