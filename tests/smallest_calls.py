"""The smallest call of any root field that the graph takes as valid: required arguments alone, with made-up values."""

from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

_VALUES: Final = {
    "BigInt": "1",
    "Boolean": "true",
    "CurrencyCode": '"USD"',
    "Date": '"2026-01-01"',
    "DateTime": '"2026-01-01T00:00:00Z"',
    "Decimal": '"1.00"',
    "Float": "1.0",
    "ID": '"unknown"',
    "Int": "1",
    "String": '"text"',
    "URL": '"https://brand.example/"',
}
# Inputs that need any one of their members, though none is required.
_NEEDED: Final = {"MessageTestInput": "name"}


def write_smallest_call(name: str, field: GraphQLField) -> str:
    """A selection of the field; what a scalar that is new to this table looks like is a KeyError."""
    arguments = ", ".join(
        f"{argument}: {_write(given.type)}" for argument, given in field.args.items() if is_required_argument(given)
    )
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    return name + (f"({arguments})" if arguments else "") + selection


def _write(kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _write(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_write(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        return _write_object(kind)
    return _VALUES[get_named_type(kind).name]


def _write_object(kind: GraphQLInputObjectType) -> str:
    """Of a @oneOf input the first member stands for all."""
    is_one_of = kind.extensions["strawberry-definition"].is_one_of  # graphql-core 3.2 does not know it
    members = list(kind.fields.items())
    needed = _NEEDED.get(kind.name)
    required = [each for each in members if each[0] == needed or is_required_input_field(each[1])]
    wanted = members[:1] if is_one_of else required
    return f"{{ {', '.join(f'{name}: {_write(part.type)}' for name, part in wanted)} }}"
