"""How much one operation may ask for: tokens, fields, depth and cost, counted in time linear in the document.

Fragments are weighed once, not walked at each spread: a few nested fragments can stand for millions of fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NoSchemaIntrospectionCustomRule,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.extensions import ValidationCache
from strawberry.types.graphql import OperationType

from api.creator_sessions import Asked, refuse_foreign_fields
from api.errors import refuse_input
from api.negotiation import HOW_TO_SUBSCRIBE
from api.overlaps import count_comparisons
from api.pagination import DEFAULT_PAGE
from tracking.settings import Settings

MAX_FIELDS: Final = 1_000  # written in the document
MAX_COMPARISONS: Final = 10_000  # a tenth of a second; the documents of real clients need a hundred
MAX_EVENT_COST: Final = 1_000  # of subscriptions: hundreds of events may come in a second
CACHED_DOCUMENTS: Final = 256
PAGE_ARGUMENTS: Final = ("first", "last")
LIST_SIZE: Final = 10  # of a list without page arguments; of money: few sell in more than two currencies
LIST_SIZES: Final = {
    "series": 100,
    "nodes": 100,
    "heatMap": 168,
    "grossValue": 2,
    "refunds": 2,
    "netValue": 2,
    "payout": 2,
    "notices": 100,
}
# What takes as much work as so many objects, beside those that it answers.
WORK: Final = {
    **{("Statement", name): 100 for name in ("content", "csv", "problems", "totals")},
    ("ExportSchedule", "nextRuns"): 100,
    **dict.fromkeys((("WebhookDelivery", "body"), ("WebhookEndpoint", "health")), 200),
    ("Query", "reconcile"): 20_000,  # seconds of a connection: one a query
}
BULK_ANSWER: Final = "items"  # as long as the list that a bulk mutation was given
_BEYOND: Final = 10**9


class Weight(NamedTuple):
    """`cost` is the number of objects that the answer may hold."""

    depth: int
    fields: int
    cost: int


NOTHING: Final = Weight(0, 0, 0)


@dataclass(frozen=True)
class Limits:
    depth: int
    cost: int
    fields: int = MAX_FIELDS
    comparisons: int = MAX_COMPARISONS


class LimitedValidation(ValidationCache):
    """Refuses what is too large or ambiguous before it is validated, and remembers which documents are valid."""

    def __init__(self) -> None:
        super().__init__(maxsize=CACHED_DOCUMENTS)

    def on_operation(self) -> Iterator[None]:
        settings: Settings = self.execution_context.context.settings
        self.execution_context.parse_options["max_tokens"] = settings.graphql_max_tokens
        if not settings.allow_introspection:
            self.execution_context.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield

    def on_validate(self) -> Iterator[None]:
        if error := self._find_fault():
            self.execution_context.pre_execution_errors = [error]
            yield
        elif errors := self._find_foreign_fields():
            self.execution_context.pre_execution_errors = errors
            yield
        else:
            yield from super().on_validate()

    def _find_foreign_fields(self) -> list[GraphQLError]:
        """What a creator's session asks beyond its own part of the graph."""
        context = self.execution_context
        credential, document = context.context.credential, context.graphql_document
        if credential is None or credential.creator_id is None or document is None:
            return []
        asked = Asked(document, context.operation_name, context.variables or {})
        return refuse_foreign_fields(context.schema._schema, asked, context.validation_rules)  # noqa: SLF001 -- no other way to it

    def _find_fault(self) -> GraphQLError | None:
        context = self.execution_context
        settings: Settings = context.context.settings
        is_stream = context.operation_type is OperationType.SUBSCRIPTION
        most = min(settings.graphql_max_cost, MAX_EVENT_COST if is_stream else _BEYOND)
        asked_for = context._provided_operation_name  # noqa: SLF001 -- the public name answers the first operation
        if asked_for is None and count_operations(context.graphql_document) > 1:
            return refuse_input("Say by `operationName` which operation to run.")
        if is_stream and not context.context.can_stream:
            return refuse_input(HOW_TO_SUBSCRIBE)
        schema: GraphQLSchema = context.schema._schema  # noqa: SLF001 -- no other way to it
        limits = Limits(settings.graphql_max_depth, most)
        excess = find_excess(schema, context.graphql_document, context.variables or {}, limits)
        return GraphQLError(excess, extensions={"code": "QUERY_TOO_COMPLEX"}) if excess else None


def count_operations(document: DocumentNode | None) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions) if document else 0


def find_excess(
    schema: GraphQLSchema, document: DocumentNode | None, variables: Mapping[str, Any], limits: Limits
) -> str | None:
    """What is too large, in words; None when all is well."""
    if document is None:
        return None
    try:
        comparisons = count_comparisons(document)
        weight = weigh_document(schema, document, variables)
    except RecursionError:
        return f"The query is deeper than allowed: far over the limit of {limits.depth}."
    for name, value, limit in (
        ("has more fields", weight.fields, limits.fields),
        ("is deeper", weight.depth, limits.depth),
        ("may answer more objects", weight.cost, limits.cost),
        ("names more fields for one place", comparisons, limits.comparisons),
    ):
        if value > limit:
            return f"The query {name} than allowed: {value if value < _BEYOND else 'far'} over the limit of {limit}."
    return None


def weigh_document(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> Weight:
    """Depth and cost of the largest operation; fields as they are written, in all of the document."""
    scale = _Scale(schema, document, variables)
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    heaviest = NOTHING
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            weight = scale.weigh(definition.selection_set, roots[definition.operation.value])
            heaviest = Weight(max(heaviest.depth, weight.depth), 0, max(heaviest.cost, weight.cost))
        elif isinstance(definition, FragmentDefinitionNode):
            scale.weigh_fragment(definition.name.value)
    return heaviest._replace(fields=scale.fields)


class _Scale:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.fields = 0
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._weights: dict[str, Weight] = {}
        self._defaults: dict[str, list[ValueNode]] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                for variable in node.variable_definitions or ():
                    if variable.default_value is not None:
                        self._defaults.setdefault(variable.variable.name.value, []).append(variable.default_value)
        self._bulk_size = self._find_bulk_size(document)

    def weigh(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Weight:
        depth = cost = 0
        for selection in selection_set.selections if selection_set else ():
            weight = self._weigh_selection(selection, parent)
            depth, cost = max(depth, weight.depth), min(cost + weight.cost, _BEYOND)
        return Weight(depth, 0, cost)

    def weigh_fragment(self, name: str) -> Weight:
        """Once each. A fragment within itself and one that is missing weigh nothing: validation refuses both."""
        if name not in self._weights:
            self._weights[name] = NOTHING
            if fragment := self._fragments.get(name):
                on = self._schema.get_type(fragment.type_condition.name.value)
                self._weights[name] = self.weigh(fragment.selection_set, on)
        return self._weights[name]

    def _weigh_selection(self, selection: SelectionNode, parent: GraphQLNamedType | None) -> Weight:
        if isinstance(selection, FragmentSpreadNode):
            return self.weigh_fragment(selection.name.value)
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            return self.weigh(
                selection.selection_set, self._schema.get_type(condition.name.value) if condition else parent
            )
        return self._weigh_field(selection, parent) if isinstance(selection, FieldNode) else NOTHING

    def _weigh_field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        self.fields += 1
        field = _find_field(parent, node.name.value)
        kind = get_named_type(field.type) if field else None
        inner = self.weigh(node.selection_set, kind)
        work = WORK.get((parent.name, node.name.value), 0) if parent else 0
        if field is None or is_leaf_type(kind):
            return Weight(inner.depth + 1, 0, work)
        size = self._read_page_size(node, field)
        cost = self._count(node, field, parent) * (1 + inner.cost) if size is None else 1 + size * inner.cost
        return Weight(inner.depth + 1, 0, min(cost + work, _BEYOND))

    def _read_page_size(self, node: FieldNode, field: GraphQLField) -> int | None:
        """How many nodes a page holds; None for a field without pages."""
        if not any(argument in field.args for argument in PAGE_ARGUMENTS):
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self._read_size(given[argument]) for argument in PAGE_ARGUMENTS if argument in given]
        return max((size for size in sizes if size is not None), default=DEFAULT_PAGE)

    def _count(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """How many objects the field may answer. The lists of a connection are as long as its page, counted with it."""
        kind = field.type.of_type if is_non_null_type(field.type) else field.type
        if not is_list_type(kind) or (parent is not None and parent.name.endswith("Connection")):
            return 1
        return self._bulk_size if node.name.value == BULK_ANSWER else LIST_SIZES.get(node.name.value, LIST_SIZE)

    def _find_bulk_size(self, document: DocumentNode) -> int:
        """The longest list of an input. Bulk mutations stand at the root, of an operation or of a fragment."""
        written = [_find_longest_written(value) for values in self._defaults.values() for value in values]
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                written += [_find_longest_written(value) for value in _list_root_values(definition.selection_set)]
        return max([LIST_SIZE, *map(_find_longest, self._variables.values()), *written])

    def _read_size(self, value: ValueNode | None) -> int | None:
        if isinstance(value, VariableNode):
            name = value.name.value
            if name in self._variables:
                return _read_number(self._variables[name])
            # operations may give one name different defaults, and fragments are weighed once for all of them
            sizes = [self._read_size(default) for default in self._defaults.get(name, ())]
            return max((size for size in sizes if size is not None), default=None)
        if isinstance(value, IntValueNode):
            return min(max(int(value.value), 0), _BEYOND) if len(value.value) < 12 else _BEYOND
        return None


def _list_root_values(selection_set: SelectionSetNode) -> Iterator[ValueNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield from (argument.value for argument in selection.arguments or ())
        elif isinstance(selection, InlineFragmentNode):
            yield from _list_root_values(selection.selection_set)


def _find_longest(given: object) -> int:
    if isinstance(given, dict):
        return max((_find_longest(value) for value in given.values()), default=0)
    return len(given) if isinstance(given, list) else 0


def _find_longest_written(value: ValueNode) -> int:
    if isinstance(value, ObjectValueNode):
        return max((_find_longest_written(field.value) for field in value.fields), default=0)
    return len(value.values) if isinstance(value, ListValueNode) else 0


def _read_number(given: object) -> int | None:
    """A variable as GraphQL reads it: JSON's 1000.0 and 1e3 are an Int too. None for what it refuses."""
    if isinstance(given, float):
        given = int(given) if given.is_integer() else None
    return min(max(given, 0), _BEYOND) if isinstance(given, int) else None


def _find_field(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    """None for `__schema` and its like too: introspection is bounded by depth and by validation."""
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
