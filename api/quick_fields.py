"""Which selected fields are attributes of what a resolver returned, so that graphql-core need not ask anybody.

It relies on how graphql-core and Strawberry work inside. With versions of these that it was not tried with it finds
nothing, and every field is executed as ever.
"""

import importlib.metadata
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import structlog
from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLString,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails, GroupedFieldSet
from strawberry.types.field import StrawberryField

TRIED_WITH: Final = {"graphql-core": "3.3.2", "strawberry-graphql": "0.341.2"}
_UNCHANGED: Final[dict[Any, type]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
_log = structlog.get_logger("graphql")


class Attribute(NamedTuple):
    """A field that is read, and what becomes of its value: a leaf is coerced, of an object more is selected."""

    name: str
    field: GraphQLField
    field_name: str
    type: GraphQLOutputType
    is_required: bool
    named: GraphQLOutputType  # without the exclamation mark
    coerce: Callable[[Any], Any] | None  # of a leaf

    def tell_null(self, parent: GraphQLObjectType) -> None:
        """In graphql-core's words."""
        if self.is_required:
            raise TypeError(f"Cannot return null for non-nullable field {parent}.{self.field_name}.")


class Planned(NamedTuple):
    """Without an attribute, a field is executed as graphql-core does."""

    key: str
    details: list[FieldDetails]
    attribute: Attribute | None
    unchanged: type | None  # values of just this type are the answer as they are


Plan: TypeAlias = list[Planned]  # in the order of the answer


def are_versions_known() -> bool:
    found = {package: importlib.metadata.version(package) for package in TRIED_WITH}
    if found != TRIED_WITH:
        _log.warning("quick_fields_off", found=found, tried_with=TRIED_WITH)
    return found == TRIED_WITH


def plan_fields(schema: GraphQLSchema, parent: GraphQLObjectType, selected: GroupedFieldSet) -> Plan:
    return [_plan_field(schema, parent, key, details) for key, details in selected.items()]


def _plan_field(schema: GraphQLSchema, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Planned:
    attribute = _find_attribute(schema, parent, details)
    if attribute is None:
        return Planned(key, details, None, None)
    return Planned(key, details, attribute, _UNCHANGED.get(attribute.named))


def _find_attribute(schema: GraphQLSchema, parent: GraphQLObjectType, details: list[FieldDetails]) -> Attribute | None:
    node = details[0].node
    field = schema.get_field(parent, node.name.value)
    if field is None or field.args or node.arguments:
        return None
    ours = _find_basic_field(field)
    if ours is None:
        return None
    named = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    is_required = named is not field.type
    if is_leaf_type(named):
        coerce = named.coerce_output_value
        return Attribute(ours.python_name, field, node.name.value, field.type, is_required, named, coerce)
    if is_object_type(named) and is_type_told_without_info(named):
        return Attribute(ours.python_name, field, node.name.value, field.type, is_required, named, None)
    return None


def _find_basic_field(field: GraphQLField) -> StrawberryField | None:
    """Strawberry's own, when all that it does is to read the attribute."""
    ours = field.extensions.get("strawberry-definition")
    if not isinstance(ours, StrawberryField) or not getattr(field.resolve, "_is_default", False):
        return None
    return ours if ours.is_basic_field and ours.default_resolver is getattr else None


def is_type_told_without_info(type_: GraphQLObjectType) -> bool:
    return type_.is_type_of is None or type_.is_type_of.__module__ == "strawberry.schema.schema_converter"
