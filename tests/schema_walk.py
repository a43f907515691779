"""Walks the graph's schema, so that tests see every field, argument and type, also those that somebody adds later."""

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)

from api.schema import schema

GRAPH = schema._schema
ROOTS = ("Query", "Mutation", "Subscription")


def list_public_types() -> list[GraphQLNamedType]:
    """What this project declares: neither introspection nor the scalars of GraphQL itself."""
    built_in = {"String", "Int", "Float", "Boolean", "ID"}
    return [kind for name, kind in GRAPH.type_map.items() if not name.startswith("__") and name not in built_in]


def list_object_types() -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [kind for kind in list_public_types() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)]


def list_root_fields() -> set[str]:
    """Each as `Query.campaign`."""
    return {f"{kind.name}.{name}" for kind in list_object_types() if kind.name in ROOTS for name in kind.fields}


def list_node_types() -> set[str]:
    node = GRAPH.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return {kind.name for kind in GRAPH.get_possible_types(node)}


def list_members(union_name: str) -> set[str]:
    union = GRAPH.type_map[union_name]
    assert isinstance(union, GraphQLUnionType)
    return {member.name for member in union.types}


def list_id_arguments() -> set[str]:
    """Every place where a client may give an id, each as `Mutation.archiveLink.input.id`."""
    return {
        path
        for kind in list_object_types()
        for field_name, field in kind.fields.items()
        for name, argument in field.args.items()
        for path in _find_ids(argument.type, f"{kind.name}.{field_name}.{name}", frozenset())
    }


def list_undescribed() -> list[str]:
    found: list[str] = []
    for kind in list_public_types():
        if not kind.description:
            found.append(kind.name)
        if isinstance(kind, GraphQLEnumType):
            found += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
        if isinstance(kind, GraphQLInputObjectType):
            found += [f"{kind.name}.{name}" for name, part in kind.fields.items() if not part.description]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            found += [f"{kind.name}.{name}" for name, field in kind.fields.items() if not field.description]
            found += [
                f"{kind.name}.{name}({argument_name})"
                for name, field in kind.fields.items()
                for argument_name, argument in field.args.items()
                if not argument.description
            ]
    return found


def _find_ids(kind: GraphQLInputType, path: str, above: frozenset[str]) -> Iterator[str]:
    named = get_named_type(kind)
    if named.name == "ID":
        yield path
    elif isinstance(named, GraphQLInputObjectType) and named.name not in above:
        for name, part in named.fields.items():
            yield from _find_ids(part.type, f"{path}.{name}", above | {named.name})
