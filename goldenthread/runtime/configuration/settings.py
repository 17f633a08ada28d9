"""Settings: environment variables `GOLDENTHREAD_*` → frozen structs. Every wrong one is reported at once.

A secret `X` may also be given as the path of a file that holds it, in `X_FILE`: `GOLDENTHREAD_DATABASE_URL_FILE`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Meta, Struct, structs

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import PARTITIONS
from goldenthread.runtime.configuration import dsn, issuer_combinations, issuers_file, setting_combinations
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.configuration.issuers_file import BadIssuersFile, IssuersFile
from goldenthread.runtime.configuration.setting_descriptions import accepted_values, advice
from goldenthread.runtime.configuration.small_files import UnreadableFile, read_secret
from goldenthread.runtime.configuration.trusted_issuers import (
    AUDIENCE,
    ORGANIZATION_CLAIM,
    SERVICE_CLAIM,
    SERVICE_CLIENTS,
    SUBJECT_CLAIM,
    TrustedIssuer,
)
from goldenthread.runtime.configuration.variables import FILE as FILE
from goldenthread.runtime.configuration.variables import PREFIX as PREFIX
from goldenthread.runtime.configuration.variables import variable as variable

Milliseconds = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Seconds = Annotated[float, Meta(gt=0, le=2_000_000)]
"""PostgreSQL and Kafka take no more than 32 bits of milliseconds."""
DatabaseUrl = Annotated[Secret, "URL of PostgreSQL"]
KeysFile = Annotated[str, Meta(description="make one with `goldenthread keys new`, and give its absolute path")]
"""The file of encryption keys. The description is what to do where it is not set."""


_MOST_SHOWN = 100
"""Characters of a wrong value."""


class BadSettings(Exception):
    """Settings that cannot be used: one line per problem, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ProcessSettings(Struct, frozen=True, kw_only=True):
    """What every process needs."""

    calls_others: ClassVar[bool] = True
    """Whether it asks other processes something, for which it needs credentials of its own."""
    verifies_tokens: ClassVar[bool] = True
    """Whether it is asked something by whoever shows a token, for which it needs a trusted issuer."""

    http_host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for other machines, `::` where there is only IPv6."""
    http_port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    """The port to listen on; 0 for any that is free."""
    http_header_seconds: Seconds = 10.0
    """Within which a caller must send the headers of a request."""
    http_body_seconds: Seconds = 30.0
    """Within which a body must get on, or a message on a WebSocket must be complete."""
    http_idle_seconds: Seconds = 60.0
    """How long a connection, or a WebSocket on which nothing runs, may say nothing."""
    http_reader_seconds: Seconds = 30.0
    """Within which a caller must read some of what was sent to it."""
    http_connections: Annotated[int, Meta(ge=1)] = 4_000
    """Callers' connections at once, WebSockets included; each is an open file."""
    http_bodies_mib: Annotated[int, Meta(ge=16)] = 64
    """What is held at once of large requests, in MiB; one that does not fit is answered 503."""
    http_certificate_file: str | None = None
    """The certificate (PEM, with those between it and its authority) with which this process answers HTTPS instead of
    HTTP on `http_port`. The file and that of the key are read again when they change, for new connections. One
    process's alone: `goldenthread up` does not hand it on to its four.
    """
    http_key_file: str | None = None
    """The key (PEM, not encrypted) of that certificate."""
    http_ca_file: str | None = None
    """The certificates (PEM) of the authorities that vouch for the other processes, where their URLs begin with
    `https://`; unless set, those that this machine trusts. It is read again when it changes."""
    internal_port: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    """Where `/live`, `/ready` and `/metrics` are answered instead of on `http_port`, when it is set: by HTTP without
    TLS, also where `http_certificate_file` is set. One process's alone: `goldenthread up` does not hand it on to its
    four.
    """
    internal_host: str | None = None
    """The address for it; `http_host` unless set."""
    kafka: str
    """The brokers to begin with, `HOST:PORT`, separated by commas."""
    partitions: Annotated[int, Meta(ge=1, le=1_000)] = PARTITIONS
    """Partitions of each stream's topic: an installation's choice, made once. Databases record it; a process whose
    setting differs from its database refuses to start.
    """
    kafka_idempotent: bool = False
    """Idempotent producers: on with Apache Kafka, off with the embedded broker, which has none."""
    kafka_fetch_wait_ms: Milliseconds = 500
    """How long a fetch waits for data; the embedded broker does not wake it, so it wants 10."""
    kafka_session_timeout_ms: Milliseconds = 10_000
    """After how long without a heartbeat a member of a consumer group is taken for gone."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to speak to the brokers: SSL encrypts, SASL signs in."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = None
    """How to sign in, where the protocol is a SASL one. OAUTHBEARER shows the brokers the token that this process shows
    the other processes (`service_token_file`, `service_client_id`), or one of `kafka_oauth_scope`."""
    kafka_sasl_username: str | None = None
    """The user of Kafka, for PLAIN and SCRAM."""
    kafka_sasl_password: Secret | None = None
    """The password of that user."""
    kafka_ca_file: str | None = None
    """The certificates (PEM) of the authorities that vouch for the brokers; unless set, those that this machine
    trusts. The three files are read again for every connection."""
    kafka_certificate_file: str | None = None
    """The certificate (PEM, with those between it and its authority) that this process shows the brokers."""
    kafka_key_file: str | None = None
    """The key (PEM, not encrypted) of that certificate."""
    kafka_oauth_scope: str | None = None
    """The scope of a token for the brokers, where they take no token of `service_scope`: OAUTHBEARER with
    `service_client_id` then asks the issuer for one of each."""
    issuer: str = ""
    """Who vouches for logins: the `iss` of tokens. It is part of every login, so another one signs nobody in. It is
    needed unless `issuers_file` is set."""
    issuer_url: str = ""
    """Where its discovery document is read: below it at `/.well-known/openid-configuration`. Unless set, the issuer."""
    audience: str = AUDIENCE
    """What tokens must name as their audience (`aud`)."""
    subject_claim: str = SUBJECT_CLAIM
    """The claim of a token that says who signs in: with the issuer it is their login. Where a user has another `sub` in
    each application, it is a claim that stays: `oid` (Entra ID). This and every other claim is named as it is in the
    token; a name that begins with a slash is a JSON pointer to a value inside a claim: `/realm_access/roles`."""
    organization_claim: str = ORGANIZATION_CLAIM
    """The claim of a token that has the id of its organization."""
    fixed_organization: str | None = None
    """The id of the organization that all tokens are for, where they name none."""
    service_claim: str = SERVICE_CLAIM
    """The claim of a token that names the client it was given to, where that is a service of ours: an issuer of one's
    own may have it in `client_id` (Keycloak, whose tokens of persons have an `azp`, too) or `azp` (Entra ID)."""
    service_clients: str = " ".join(SERVICE_CLIENTS)
    """The client ids, separated by spaces, that are services of ours: they read and found every organization."""
    administrator_claim: str | None = None
    """The claim of a token that says who administers the installation: they create, list and rename organizations, and
    read none. Unless set, nobody does."""
    administrator_values: str | None = None
    """The values of that claim, separated by commas, that make their bearer an administrator of the installation."""
    issuers_file: IssuersFile | None = None
    """The path of a TOML file with several issuers, instead of the variables above from `GOLDENTHREAD_ISSUER` on:
    `docs/issuers.md` says what is in it. It is read when the process starts."""
    service_token: Secret | None = None
    """What this process shows the other processes, so that they know it for one of `service_clients`: a token that is
    not exchanged while the process runs. One of the three ways to give it: see `service_token_file` and
    `service_client_id`.
    """
    service_token_file: str | None = None
    """A file with that token, which is read again when it changes: a projected token, or one that a sidecar writes."""
    service_client_id: str | None = None
    """The id of this process at the issuer, where it gets its tokens by itself (OAuth client credentials): from the
    token endpoint that the issuer's discovery document names, and a new one before each expires.
    """
    service_client_secret: Secret | None = None
    """The secret of that client."""
    service_client_secret_file: str | None = None
    """A file with the client's secret, which is read again whenever a token is asked for."""
    service_scope: str | None = None
    """The scope to ask for, where the issuer wants one: `api://goldenthread/.default` (Entra)."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    """The least level of our own log lines; libraries log warnings at least."""
    log_file: str | None = None
    """The file that standard error goes to, where this process is to keep it short: at 16 MiB it is renamed to `….1`,
    and four older files are kept. `goldenthread up` sets it; leave it out where something else rotates logs.
    """

    @property
    def trusted_issuers(self) -> tuple[TrustedIssuer, ...]:
        """The issuers whose tokens are trusted. The first is the installation's own: its logins are meant where no
        issuer is named.
        """
        if self.issuers_file is not None:
            return self.issuers_file.issuers
        own = TrustedIssuer(
            issuer=self.issuer,
            url=self.issuer_url,
            audience=self.audience,
            subject_claim=self.subject_claim,
            organization_claim=self.organization_claim,
            organization=self.fixed_organization,
            services=True,
            service_claim=self.service_claim,
            service_clients=tuple(self.service_clients.split()),
            administrator_claim=self.administrator_claim,
            administrator_values=_listed(self.administrator_values),
        )
        return (own,)

    @property
    def own_issuer(self) -> TrustedIssuer:
        """The issuer whose logins are meant where none is named."""
        return self.trusted_issuers[0]

    @property
    def service_issuer(self) -> TrustedIssuer:
        """The first issuer that vouches for services: where this process gets its tokens."""
        return next(each for each in self.trusted_issuers if each.services)

    @property
    def shows_brokers_a_token(self) -> bool:
        """Whether it signs in to Kafka with a token of its own."""
        return self.kafka_security_protocol.startswith("SASL") and self.kafka_sasl_mechanism == "OAUTHBEARER"


class DatabaseSettings(ProcessSettings, frozen=True, kw_only=True):
    """What a process with a database needs."""

    database_url: DatabaseUrl
    """`postgresql://user:password@host:5432/name` of a database that this process has for itself."""
    migrate: Literal["on", "off"] = "on"
    """Whether the process runs its migrations when it starts. Off: it waits until `goldenthread migrate` has."""
    database_pool: Annotated[int, Meta(ge=4)] = 8
    """Connections; each relay keeps one of them, and so does who listens to the saves of other processes."""
    database_command_seconds: Seconds = 60.0
    """How long a statement may take; migrations take what they need."""
    database_lock_seconds: Seconds = 5.0
    """How long a command waits for another one of its organization, before it is answered UNAVAILABLE."""
    database_idle_seconds: Seconds = 10.0
    """After which PostgreSQL takes back the transaction of a process that freezes."""

    @property
    def database_limits(self) -> DatabaseLimits:
        """What a connection of the pool may take."""
        return DatabaseLimits(
            command=self.database_command_seconds, lock=self.database_lock_seconds, idle=self.database_idle_seconds
        )


def _listed(values: str | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in (values or "").split(",") if each.strip())


S = TypeVar("S", bound=Struct)


def load(kind: type[S], environment: Mapping[str, str] | None = None) -> S:
    """The settings of `kind` from the environment. Raises `BadSettings` naming every missing or malformed variable."""
    env = os.environ if environment is None else environment
    hints = get_type_hints(kind, include_extras=True)
    values, problems = _values(kind, env, hints)
    ways = {field.name: _ways(env, variable(field.name), hints[field.name]) for field in structs.fields(kind)}
    problems += [
        f"{variable(name)} and {variable(name)}{FILE} are both set; leave one of them out"
        for name, count in ways.items()
        if count > 1
    ]
    given = {name for name, count in ways.items() if count}
    if issubclass(kind, ProcessSettings):
        problems += issuer_combinations.issuer_problems(given, needed=kind.verifies_tokens)
    problems += setting_combinations.credential_problems(given, needed=getattr(kind, "calls_others", False))
    problems = problems or setting_combinations.combination_problems(values)
    if problems:
        raise BadSettings(problems)
    return kind(**values)


def _values(kind: type[Struct], env: Mapping[str, str], hints: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What is set, each by itself, and what is wrong with it."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in structs.fields(kind):
        name, hint = variable(field.name), hints[field.name]
        try:
            raw = env.get(name, "") or (_from_file(env, name) if is_secret(hint) else "")
            if raw:
                values[field.name] = _convert(raw, hint)
            elif field.default is NODEFAULT and field.default_factory is NODEFAULT:
                file = f", nor is {name}{FILE}" if is_secret(hint) else ""
                problems.append(f"{name} is not set{file}{advice(hint)}")
        except BadIssuersFile as error:
            problems += [f"{name} {raw}: {problem}" for problem in error.problems]
        except UnreadableFile as error:
            problems.append(f"{name + FILE if is_secret(hint) else name}: {error}")
        except (ValueError, msgspec.ValidationError) as error:
            shown = "it" if is_secret(hint) or _has_user(raw) else repr(raw[:_MOST_SHOWN])
            needed = f"it takes {accepted_values(hint)}" if isinstance(error, msgspec.ValidationError) else str(error)
            problems.append(f"{name}: {shown} does not fit: {needed}")
    return values, problems


def variables(kind: type[Struct]) -> frozenset[str]:
    """Every environment variable that `load(kind)` reads."""
    hints = get_type_hints(kind, include_extras=True)
    names = {variable(field.name): hints[field.name] for field in structs.fields(kind)}
    return frozenset(names) | {name + FILE for name, hint in names.items() if is_secret(hint)}


def _ways(env: Mapping[str, str], name: str, hint: Any) -> int:
    """In how many ways the variable `name` is given."""
    return sum(bool(env.get(each)) for each in (name, name + FILE)[: 1 + is_secret(hint)])


def _from_file(env: Mapping[str, str], name: str) -> str:
    """The secret in the file that is named instead of it, if one is. Raises `UnreadableFile`."""
    path = env.get(name + FILE, "")
    if path and not path.startswith("/"):  # perhaps the secret itself, so it is not quoted
        raise UnreadableFile("it is no absolute path; name the file that holds the secret")
    return read_secret(path).reveal() if path else ""


def _options(hint: Any) -> tuple[Any, ...]:
    hint = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def is_secret(hint: Any) -> bool:
    """Whether a setting of this type is a secret."""
    return Secret in _options(hint)


def _has_user(raw: str) -> bool:
    """Whether this looks like a URL that names a user, and perhaps a password."""
    return "@" in raw.partition("://")[2]


def _convert(raw: str, hint: Any) -> Any:
    if hint == DatabaseUrl:
        if (problem := dsn.problem(Secret(raw))) is not None:
            raise ValueError(problem)
        return Secret(raw)
    if is_secret(hint):
        return Secret(raw)
    if _has_user(raw):
        raise ValueError("a user name or password in a URL would show in logs; leave it out")
    if IssuersFile in _options(hint):
        return issuers_file.read(raw)
    return msgspec.convert(raw, hint, strict=False)
