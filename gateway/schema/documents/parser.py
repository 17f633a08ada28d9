"""From text to a parsed document that frees its memory when it is let go."""

from __future__ import annotations

from graphql import DocumentNode, FloatValueNode, GraphQLSyntaxError, IntValueNode, Lexer, Source, Token
from graphql.language.parser import Parser

from gateway.errors import BadRequest
from gateway.schema.documents.limits import OverLimit

MOST_TOKENS = 4_000
"""Comments count."""
MOST_DIGITS = 400
"""Of a number, which no double has. Python refuses to read more than 4,300 digits as a whole number."""


class _Parser(Parser):
    """graphql-core's, without numbers that nothing can hold."""

    def parse_int(self, _is_const: bool = False) -> IntValueNode:
        """A whole number. Raises `BadRequest`."""
        self._check_number()
        return super().parse_int(_is_const)

    def parse_float(self, _is_const: bool = False) -> FloatValueNode:
        """Any other number. Raises `BadRequest`."""
        self._check_number()
        return super().parse_float(_is_const)

    def _check_number(self) -> None:
        if len(self._lexer.token.value or "") > MOST_DIGITS:
            raise BadRequest(f"A number in the document has more than {MOST_DIGITS} digits. Send a shorter one.")


def parse(text: str) -> DocumentNode:
    """The document. Raises `OverLimit`, `BadRequest` and `GraphQLSyntaxError`.

    Its tokens are not linked: as a chain in both directions they would keep the whole document until a search for
    cycles among old objects, which is rare in a process that holds organizations in memory.
    """
    lexer = Lexer(Source(text))
    try:
        return _Parser(lexer.source, lexer=lexer, max_tokens=MOST_TOKENS).parse_document()
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
