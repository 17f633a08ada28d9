"""Problems of a database in words: why there is no connection, and what is wrong with the server or its rights."""

from __future__ import annotations

import ssl
from urllib.parse import unquote, urlsplit

from goldenthread.cli.doctor.deployment.database.server_state import ServerState, UserRights
from goldenthread.cli.doctor.deployment.findings import CheckFindings
from goldenthread.cli.doctor.deployment.network.network_errors import network_error_text, refuses_certificate
from goldenthread.runtime.configuration.settings import DatabaseSettings

OLDEST_RELEASE = 16
"""The first release of PostgreSQL that is tested."""
_NAMED = 3
_POOLER = (
    "connect to PostgreSQL itself, or to a pooler in session mode: the processes listen for notifications, hold session"
    " locks and set start-up parameters"
)


def connection_problem(error: Exception, settings: DatabaseSettings, source: str) -> tuple[str, str]:
    """Why there is no connection, and what to do."""
    text = database_error_text(error, settings)
    state = str(getattr(error, "sqlstate", None) or "")
    if "startup parameter" in text:
        return f"a pooler is in between, and refuses the start-up parameters of this process ({text})", _POOLER
    if state == "28P01":
        return f"it refuses the user or the password in {source} ({text})", f"put those into {source} that it knows"
    if state.startswith("28"):
        return f"it does not let this user in ({text})", f"see its pg_hba.conf, and the user in {source}"
    if state == "3D000":
        return f"there is no such database ({text})", f"create it, or name the right one in {source}"
    if state.startswith("42501"):
        return f"this user may not connect to the database ({text})", f"grant it CONNECT, or see {source}"
    if state.startswith("53"):
        return f"no connection is left ({text})", "raise max_connections, or lower GOLDENTHREAD_DATABASE_POOL"
    if state.startswith("57P"):
        return f"it starts or stops ({text})", "wait, or look at its log"
    if "rejected SSL" in text:
        if "sslmode" in urlsplit(settings.database_url.reveal()).query:
            return "it speaks no TLS, for which the URL asks", f"switch TLS on there, or change sslmode in {source}"
        return f"what answers there is perhaps no PostgreSQL ({text})", f"check host and port in {source}"
    if isinstance(error, OSError | ssl.SSLError):
        authority = refuses_certificate(error)
        mend = "name its authority's certificate with sslrootcert" if authority else "check host and port"
        return network_error_text(error), f"{mend} in {source}"
    return f"the URL cannot be used ({text})", f"correct {source}"


def database_error_text(error: Exception, settings: DatabaseSettings) -> str:
    """What PostgreSQL says, without details (they may be of rows) and without the password."""
    text = str(error.args[0] if error.args else error) or type(error).__name__
    password = urlsplit(settings.database_url.reveal()).password
    return type(error).__name__ if password and (password in text or unquote(password) in text) else text


def report_server(
    server: ServerState, settings: DatabaseSettings, source: str, name: str, findings: CheckFindings
) -> None:
    """Its version, whether it takes writes, and the connections that are left."""
    if server.number < OLDEST_RELEASE * 10_000:
        findings.problem(
            f"{name} is {server.version}, older than {OLDEST_RELEASE}", f"use PostgreSQL {OLDEST_RELEASE} or newer"
        )
    elif server.read_only:
        findings.problem(f"{name} is a standby, or read-only, and takes no writes", f"name the primary in {source}")
    else:
        findings.fine(f"{name}, version {server.version}")
    pool = settings.database_pool
    if server.left < pool:
        findings.warning(
            f"{server.left} more connections can be opened, and each pod opens up to {pool}"
            " (GOLDENTHREAD_DATABASE_POOL), this one perhaps already",
            "raise max_connections, or the limit of this user or database, or lower the pool",
            "connections",
        )
    else:
        findings.fine(f"{server.left} more can be opened, and each pod opens up to {pool}", "connections")


def report_pooler(findings: CheckFindings, *, shared: bool) -> None:
    """That a pooler is in between; `shared`: it was seen that two connections had one backend."""
    if shared:
        findings.problem("a pooler in transaction mode is between this process and PostgreSQL", _POOLER, "pooler")
    else:
        findings.warning("a pooler is between this process and PostgreSQL", f"{_POOLER}; see its pool_mode", "pooler")


def missing_rights(rights: UserRights, *, migrates: bool) -> str | None:
    """What a user may not do and has to; None when nothing."""
    if rights.schema is None:
        return f"{rights.user!r} may use no schema of the database (its search_path names none that it may use)"
    if migrates and not rights.creates:
        return f"{rights.user!r} may not create tables in schema {rights.schema!r}, which migrations do"
    if rights.closed:
        more = f" and {len(rights.closed) - _NAMED} more" if len(rights.closed) > _NAMED else ""
        return f"{rights.user!r} may not read and write {', '.join(rights.closed[:_NAMED])}{more}"
    return None
