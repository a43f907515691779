"""What a creator's session may ask: the fields below and, of the rows behind them, only the creator's own (LS11).

Documents are checked against a graph that has nothing else, so that the rest is answered exactly as what does not
exist. It is an allow-list: what somebody adds later is closed to creators until it is named here.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

from graphql import (
    DocumentNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_operation_ast,
    is_leaf_type,
    validate,
)
from graphql.execution import get_variable_values

_PAGE: Final = ("first", "after", "last", "before")
_COUNTS: Final = ("uniqueClicks", "repeatClicks", "countedClicks")  # how a click was judged is the brand's to know

# Type → field → arguments; of inputs, the fields alone.
ALLOWED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "Query": {"viewer": (), "node": ("id",)},
    "Mutation": {},
    "Subscription": {"linkStats": ("linkIds",)},
    "LinkStats": dict.fromkeys(("linkId", "link", "metrics", "asOf"), ()),
    "Node": {"id": ()},
    "Viewer": {"creator": (), "expiresAt": ()},
    "Creator": {
        "id": (),
        "handle": (),
        "name": (),
        "campaigns": _PAGE,
        "links": ("filter", *_PAGE),
        "posts": _PAGE,
        "notices": _PAGE,
        "totals": (),
    },
    "Campaign": dict.fromkeys(("id", "name", "status", "startsAt", "endsAt"), ()),
    "Link": {
        **dict.fromkeys(("id", "shortUrl", "host", "slug", "label", "destinationUrl"), ()),
        **dict.fromkeys(("createdAt", "archivedAt", "replacedBy", "totals"), ()),
        "qrCodeUrl": ("format", "sizePx"),
    },
    "LinkFilter": {"campaignId": (), "isArchived": ()},
    "Post": dict.fromkeys(("id", "platform", "url", "publishedAt", "links"), ()),
    "CreatorNotice": dict.fromkeys(("kind", "link", "replacement", "createdAt"), ()),
    "Metrics": dict.fromkeys(_COUNTS, ()),
    "PageInfo": dict.fromkeys(("hasNextPage", "hasPreviousPage", "startCursor", "endCursor"), ()),
    **{
        f"{node}{part}": fields
        for node in ("Campaign", "Link", "Post", "CreatorNotice")
        for part, fields in (
            ("Connection", {"edges": (), "nodes": (), "pageInfo": ()}),
            ("Edge", {"cursor": (), "node": ()}),
        )
    },
}
NODE_TYPES: Final = frozenset(name for name, fields in ALLOWED.items() if "id" in fields)
Kind = TypeVar("Kind")


class Asked(NamedTuple):
    """A document, which of its operations is run, and with which variables."""

    document: DocumentNode
    operation_name: str | None
    variables: dict[str, Any]


def refuse_foreign_fields(full: GraphQLSchema, asked: Asked, rules: tuple[Any, ...]) -> list[GraphQLError]:
    """What graphql-core says of it where there is nothing but what creators may ask: of inputs in variables too."""
    narrow = _narrow(full)
    operation = get_operation_ast(asked.document, asked.operation_name)
    if (errors := validate(narrow, asked.document, rules)) or operation is None:
        return errors
    values = get_variable_values(narrow, operation.variable_definitions or (), asked.variables)
    return values if isinstance(values, list) else []


@lru_cache(maxsize=1)
def _narrow(full: GraphQLSchema) -> GraphQLSchema:
    narrowing = _Narrowing()
    roots = (full.query_type, full.mutation_type, full.subscription_type)
    query, mutation, subscription = (narrowing.narrow(root) if root else None for root in roots)
    nodes = [narrowing.narrow(full.type_map[name]) for name in sorted(NODE_TYPES) if name in full.type_map]
    # valid as the full one is, but for a Mutation without fields, which is meant
    return GraphQLSchema(query, mutation, subscription, types=nodes, directives=full.directives, assume_valid=True)


class _Narrowing:
    def __init__(self) -> None:
        self._done: dict[str, Any] = {}

    def narrow(self, kind: Any) -> Any:
        """The same type with fewer fields; scalars and enums as they are."""
        if isinstance(kind, GraphQLNonNull):
            return GraphQLNonNull(self.narrow(kind.of_type))
        if isinstance(kind, GraphQLList):
            return GraphQLList(self.narrow(kind.of_type))
        if is_leaf_type(kind):
            return kind
        if kind.name not in self._done:
            self._done[kind.name] = self._copy(kind)
        return self._done[kind.name]

    def _copy(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        if isinstance(kind, GraphQLInputObjectType):
            return GraphQLInputObjectType(kind.name, lambda: self._copy_inputs(kind))
        if isinstance(kind, GraphQLInterfaceType):
            return GraphQLInterfaceType(kind.name, lambda: self._copy_fields(kind))
        if isinstance(kind, GraphQLObjectType):
            interfaces = [each for each in kind.interfaces if each.name in ALLOWED]
            return GraphQLObjectType(
                kind.name, lambda: self._copy_fields(kind), [self.narrow(each) for each in interfaces]
            )
        raise TypeError(f"{kind} is not for creators")

    def _copy_fields(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> dict[str, GraphQLField]:
        allowed = ALLOWED[kind.name]
        return {
            name: GraphQLField(
                self.narrow(field.type),
                {
                    argument: GraphQLArgument(self.narrow(given.type), given.default_value)
                    for argument, given in field.args.items()
                    if argument in allowed[name]
                },
            )
            for name, field in kind.fields.items()
            if name in allowed
        }

    def _copy_inputs(self, kind: GraphQLInputObjectType) -> dict[str, GraphQLInputField]:
        allowed = ALLOWED[kind.name]
        return {
            name: GraphQLInputField(self.narrow(field.type), field.default_value)
            for name, field in kind.fields.items()
            if name in allowed
        }
