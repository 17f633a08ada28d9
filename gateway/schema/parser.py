"""From text to a parsed document that frees its memory when it is let go."""

from __future__ import annotations

from graphql import DocumentNode, GraphQLSyntaxError, Lexer, Source, Token
from graphql.language.parser import Parser

from gateway.schema.limits import OverLimit

MOST_TOKENS = 4_000
"""Comments count."""


def parse(text: str) -> DocumentNode:
    """The document. Raises `OverLimit` and `GraphQLSyntaxError`.

    Its tokens are not linked: as a chain in both directions they would keep the whole document until a search for
    cycles among old objects, which is rare in a process that holds organizations in memory.
    """
    lexer = Lexer(Source(text))
    try:
        return Parser(lexer.source, lexer=lexer, max_tokens=MOST_TOKENS).parse_document()
    except RecursionError:
        raise OverLimit("The document is nested too deeply to be read. Send nested values as variables.") from None
    except GraphQLSyntaxError as error:
        if not error.message.endswith(f"more than {MOST_TOKENS} tokens. Parsing aborted."):
            raise
        raise OverLimit(
            f"The document has more than {MOST_TOKENS} tokens (names, values, punctuation, comments)."
            " Send long lists as variables, or several requests."
        ) from None
    finally:
        _unlink(lexer.token)


def _unlink(token: Token | None) -> None:
    while token is not None and token.next is not None:  # comments that were read ahead
        token = token.next
    while token is not None:
        before, token.prev, token.next = token.prev, None, None
        token = before
