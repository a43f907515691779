"""How operations are executed, where graphql-core is not made for streams that go on for days."""

from typing import Any, TypeAlias

from graphql import GraphQLObjectType
from graphql.execution.collect_fields import CollectedFields, FieldDetails
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

_Selected: TypeAlias = tuple[GraphQLObjectType, tuple[int, ...]]


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Remembers by nodes of the document what they select.

    graphql-core remembers it by lists that it makes anew for each event of a stream: it finds none of them again, and
    forgets none while the stream is open.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selected: dict[_Selected, CollectedFields] = {}  # of all events: executors of events are shallow copies

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: list[FieldDetails]
    ) -> CollectedFields:
        if not all(map(_is_plain, field_details_list)):
            return super().collect_subfields(return_type, field_details_list)
        key = (return_type, tuple(id(details.node) for details in field_details_list))
        if key not in self._selected:
            self._selected[key] = super().collect_subfields(return_type, field_details_list)
        return self._selected[key]


def _is_plain(details: FieldDetails) -> bool:
    """Nothing but its node decides what it selects."""
    return details.defer_usage is None and details.fragment_variable_values is None
