"""Recorded lines of the public surface that are gone or differ on purpose, each with the reason."""

_SPELLING = "organization is spelled as in the API, in every text"

_TOKEN_HELP = "Print a token for a person with a role (added to the organisation if need be), valid for twelve hours."

CHANGES: dict[str, str] = {
    "goldenthread help: Keeps an organisation's why intact from the boardroom to the last team.": _SPELLING,
    f"token help: {_TOKEN_HELP}": _SPELLING,
    "goldenthread span {} fold(records)": "FastStream's middleware makes the span of a batch: `{topic} process`",
}
"""Recorded line → why it no longer holds, and what replaces it."""
