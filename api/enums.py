"""Publishes enums of the domain in the graph, with a description for each value."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry


def publish_enum(enum: type[Enum], description: str, values: Mapping[Any, str], *, name: str | None = None) -> None:
    """`values` describes each member. Raises KeyError for one that is missing, so that none is forgotten."""
    strawberry.enum(enum, name=name, description=description)
    definition: Any = enum.__dict__["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[enum[value.name]]
