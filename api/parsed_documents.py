"""Documents that were parsed already are parsed no more, and one that cannot be parsed is the client's mistake."""

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError
from strawberry.extensions import ParserCache

from api.limits import CACHED_DOCUMENTS


class ParsedDocuments(ParserCache):
    """The library's own raises where nobody expects it, and a WebSocket is told that its operation is complete."""

    def __init__(self) -> None:
        super().__init__(maxsize=CACHED_DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        with suppress(GraphQLError):  # it is parsed again where such errors become answers
            execution.graphql_document = self.cached_parse_document(execution.query, **execution.parse_options)
        yield
