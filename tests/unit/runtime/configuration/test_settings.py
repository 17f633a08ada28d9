"""Settings: everything that is wrong is said at once, by name, and no secret is ever shown."""

from __future__ import annotations

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import BadSettings, DatabaseSettings, load

GOOD = {
    "GOLDENTHREAD_KAFKA": "localhost:9092",
    "GOLDENTHREAD_ISSUER": "http://issuer",
    "GOLDENTHREAD_SERVICE_TOKEN": "very secret token",
    "GOLDENTHREAD_DATABASE_URL": "postgresql://user:very-secret@db/name",
}


def problems(**other: str) -> list[str]:
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, GOOD | {f"GOLDENTHREAD_{name.upper()}": value for name, value in other.items()})
    return found.value.problems


def test_good_settings_are_taken_and_the_rest_has_defaults() -> None:
    found = load(DatabaseSettings, GOOD | {"GOLDENTHREAD_HTTP_PORT": "8080", "GOLDENTHREAD_KAFKA_IDEMPOTENT": "true"})
    assert (found.http_port, found.kafka_idempotent, found.audience) == (8080, True, "goldenthread")
    assert found.service_token == Secret("very secret token")


def test_every_missing_and_every_malformed_one_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, {"GOLDENTHREAD_HTTP_PORT": "http", "GOLDENTHREAD_KAFKA_IDEMPOTENT": "perhaps"})
    named = {problem.partition(" ")[0].rstrip(":") for problem in found.value.problems}
    assert named == {*GOOD, "GOLDENTHREAD_HTTP_PORT", "GOLDENTHREAD_KAFKA_IDEMPOTENT"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("http_port", "-1"),
        ("http_port", "65536"),
        ("database_pool", "3"),
        ("kafka_security_protocol", "TLS"),
        ("kafka_sasl_mechanism", "MD5"),
        ("kafka_fetch_wait_ms", "-5"),
        ("kafka_session_timeout_ms", "0"),
        ("kafka_session_timeout_ms", "2147483648"),
        ("database_lock_seconds", "inf"),
        ("database_lock_seconds", "nan"),
        ("database_command_seconds", "1e10"),
        ("log_level", "LOUD"),
    ],
)
def test_a_value_that_would_fail_later_is_refused_now(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"GOLDENTHREAD_{name.upper()}: {value!r} does not fit: it takes ")


def test_a_long_one_is_not_shown_to_its_end() -> None:
    (problem,) = problems(http_port="9" * 100_000)
    assert len(problem) < 300


def test_a_wrong_one_says_what_would_fit() -> None:
    assert problems(http_port="x")[0].endswith("does not fit: it takes a whole number from 0 to 65535")
    assert problems(migrate="yes")[0].endswith("does not fit: it takes `on` or `off`")


def test_what_only_fits_together_is_said_too() -> None:
    assert "GOLDENTHREAD_KAFKA_SASL_MECHANISM" in problems(kafka_security_protocol="SASL_SSL")[0]
    together = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "PLAIN"}
    found = problems(**together)
    assert [problem.partition(" ")[0] for problem in found] == [
        "GOLDENTHREAD_KAFKA_SASL_USERNAME",
        "GOLDENTHREAD_KAFKA_SASL_PASSWORD",
    ]
    assert load(
        DatabaseSettings,
        GOOD
        | {
            f"GOLDENTHREAD_{name.upper()}": value
            for name, value in {**together, "kafka_sasl_username": "ada", "kafka_sasl_password": "very secret"}.items()
        },
    )


def test_brokers_are_shown_a_token_only_where_there_is_one() -> None:
    together = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER"}
    assert "GOLDENTHREAD_SERVICE_CLIENT_ID" in problems(**together, service_token="")[-1]
    assert problems(**together, kafka_oauth_scope="kafka") == [
        "GOLDENTHREAD_KAFKA_OAUTH_SCOPE is set, but not GOLDENTHREAD_SERVICE_CLIENT_ID, with which a token of that"
        " scope is asked for"
    ]
    given = GOOD | {f"GOLDENTHREAD_{name.upper()}": value for name, value in together.items()}
    assert load(DatabaseSettings, given).shows_brokers_a_token
    given["GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL"] = "SSL"
    assert not load(DatabaseSettings, given).shows_brokers_a_token


def test_a_certificate_comes_with_its_key_and_with_tls() -> None:
    assert problems(kafka_security_protocol="SSL", kafka_certificate_file="/user.crt") == [
        "GOLDENTHREAD_KAFKA_KEY_FILE is not set, which GOLDENTHREAD_KAFKA_CERTIFICATE_FILE asks for"
    ]
    assert problems(kafka_security_protocol="SSL", kafka_key_file="/user.key") == [
        "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE is not set, which GOLDENTHREAD_KAFKA_KEY_FILE asks for"
    ]
    both = {"kafka_certificate_file": "/user.crt", "kafka_key_file": "/user.key"}
    assert problems(**both) == [
        "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE is set, but GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL is neither SSL nor"
        " SASL_SSL, which show certificates"
    ]


def test_a_certificate_of_https_comes_with_its_key() -> None:
    assert problems(http_certificate_file="/tls.crt") == [
        "GOLDENTHREAD_HTTP_KEY_FILE is not set, which GOLDENTHREAD_HTTP_CERTIFICATE_FILE asks for"
    ]
    assert problems(http_key_file="/tls.key") == [
        "GOLDENTHREAD_HTTP_CERTIFICATE_FILE is not set, which GOLDENTHREAD_HTTP_KEY_FILE asks for"
    ]


def test_an_internal_port_is_another_one() -> None:
    assert "GOLDENTHREAD_INTERNAL_PORT" in problems(http_port="8080", internal_port="8080")[0]
    assert "GOLDENTHREAD_INTERNAL_PORT" in problems(internal_port="0")[0]
    chosen = {"GOLDENTHREAD_HTTP_PORT": "8080", "GOLDENTHREAD_INTERNAL_PORT": "8080"}
    found = load(DatabaseSettings, GOOD | chosen | {"GOLDENTHREAD_INTERNAL_HOST": "10.0.0.1"})
    assert (found.internal_host, found.internal_port) == ("10.0.0.1", 8080)
    assert load(DatabaseSettings, GOOD).internal_port is None


def test_a_url_with_a_user_is_refused_where_it_would_be_shown() -> None:
    for name in ("issuer", "issuer_url"):
        (problem,) = problems(**{name: "https://me:very@host/path"})
        assert problem.startswith(f"GOLDENTHREAD_{name.upper()}: it does not fit")


def test_a_database_url_that_cannot_be_read_is_refused_without_being_quoted() -> None:
    (problem,) = problems(database_url="postgresql://me:sea/bass@db/name")
    assert problem.startswith("GOLDENTHREAD_DATABASE_URL: it does not fit")
    assert not any(each in problem for each in ("sea", "bass"))


def test_secrets_are_shown_nowhere() -> None:
    found = load(DatabaseSettings, GOOD)
    assert "very" not in repr(found)
    assert "very" not in f"{found}"
    assert repr(Secret("very")) == "Secret('…')"
    assert "very" not in "".join(problems(service_token="very secret", http_port="x"))


def test_administrators_of_the_installation_are_a_claim_and_its_values() -> None:
    pair = {
        "GOLDENTHREAD_ADMINISTRATOR_CLAIM": "groups",
        "GOLDENTHREAD_ADMINISTRATOR_VALUES": "Golden Thread Admins, operators,",
    }
    found = load(DatabaseSettings, GOOD | pair).own_issuer
    assert (found.administrator_claim, found.administrator_values) == ("groups", ("Golden Thread Admins", "operators"))
    assert load(DatabaseSettings, GOOD).own_issuer.administrator_values == ()
    assert "GOLDENTHREAD_ADMINISTRATOR_VALUES is not set" in problems(administrator_claim="groups")[0]
    assert "GOLDENTHREAD_ADMINISTRATOR_CLAIM is not set" in problems(administrator_values="operators")[0]
    assert "has no value" in problems(administrator_claim="groups", administrator_values=" , ")[0]
