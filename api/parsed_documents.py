"""Documents that were parsed already are parsed no more.

Strawberry's ParserCache parses by itself: what cannot be parsed raises where nobody expects it, so that a WebSocket is
told that its operation is complete; and whoever catches that has it parsed once more where errors become answers. This
one only remembers what the library has parsed.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Final

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

from api.limits import CACHED_DOCUMENTS

_parsed: Final[OrderedDict[Hashable, DocumentNode]] = OrderedDict()  # the last used last


class ParsedDocuments(SchemaExtension):
    def on_parse(self) -> Iterator[None]:
        execution = self.execution_context
        key = (execution.query, *sorted(execution.parse_options.items()))
        known = _parsed.get(key)
        if known is not None:
            _parsed.move_to_end(key)
            execution.graphql_document = known
        yield
        if known is None and execution.graphql_document is not None:
            _parsed[key] = execution.graphql_document
            if len(_parsed) > CACHED_DOCUMENTS:
                _parsed.popitem(last=False)
