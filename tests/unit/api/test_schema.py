from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from strawberry.types.field import StrawberryField

from api.export_schema import SCHEMA_FILE, export_schema
from api.limits import Limits, find_excess
from api.nodes import list_registered_types
from api.permissions import IsAdmin, IsReader, IsWriter
from api.schema import schema
from tests.product_queries import FOLDER
from tests.schema_walk import (
    GRAPH,
    ROOTS,
    list_id_arguments,
    list_members,
    list_node_types,
    list_object_types,
    list_public_types,
    list_root_fields,
    list_undescribed,
)

ALLOWED: dict[str, set[Any]] = {
    "Query": {IsReader, IsAdmin},
    "Subscription": {IsReader},
    "Mutation": {IsWriter, IsAdmin},
}
READERS_MAY = {"request_export"}  # a file of what they may read, which changes nothing


def list_strawberry_fields(root: str) -> list[StrawberryField]:
    definition = schema.get_type_by_name(root)
    fields: list[StrawberryField] = getattr(definition, "fields", [])
    return fields


class TestSchema:
    def test_the_written_schema_is_the_one_that_is_served(self) -> None:
        assert SCHEMA_FILE.read_text() == export_schema(), "write it anew with ./dev schema"

    def test_everything_public_is_described(self) -> None:
        assert list_undescribed() == []

    @pytest.mark.parametrize("root", ROOTS)
    @pytest.mark.feature("R11")
    def test_every_root_field_asks_for_one_scope(self, root: str) -> None:
        asked_for = {field.python_name: set(field.permission_classes) for field in list_strawberry_fields(root)}

        assert asked_for
        wanted = {name: {IsReader} if name in READERS_MAY else ALLOWED[root] for name in asked_for}
        assert {name: scopes for name, scopes in asked_for.items() if len(scopes & wanted[name]) != 1} == {}

    def test_every_node_is_found_by_its_id(self) -> None:
        assert set(list_registered_types()) == list_node_types()

    def test_every_mutation_answers_one_success_and_else_user_errors(self) -> None:
        errors = {kind.name for kind in GRAPH.get_possible_types(GRAPH.type_map["UserError"])}  # type: ignore[arg-type] # an interface
        for kind in list_public_types():
            if kind.name.endswith("Result"):
                success = kind.name.removesuffix("Result") + "Success"
                assert list_members(kind.name) - errors == {success}

    def test_no_success_has_a_field_that_errors_have_too(self) -> None:
        """A query cannot ask `... on UserError { message }` beside a `message` that is an object."""
        shared = {"code", "message", "path"}
        successes = [kind for kind in list_object_types() if kind.name.endswith("Success")]

        assert successes
        assert {kind.name: shared & set(kind.fields) for kind in successes if shared & set(kind.fields)} == {}

    def test_no_list_of_nodes_is_without_pages(self) -> None:
        connections = {kind.name for kind in list_public_types() if kind.name.endswith("Connection")}
        lists = {f"Query.{name}" for name, field in GRAPH.query_type.fields.items() if str(field.type).startswith("[")}  # type: ignore[union-attr] # there is one

        assert len(connections) >= 5
        # by their ids; a picker, which searches; and columns, which are no nodes
        assert lists == {"Query.nodes", "Query.insertableLinks", "Query.dataDictionary"}


class TestProductQueries:
    @pytest.mark.parametrize("path", sorted(FOLDER.glob("*.graphql")), ids=lambda path: path.stem)
    def test_each_is_valid_and_within_the_limits(self, path: Path) -> None:
        document = parse(path.read_text())

        assert validate(GRAPH, document) == []
        assert find_excess(GRAPH, document, {}, Limits(depth=15, cost=40_000)) is None


class TestWalk:
    def test_it_sees_root_fields_and_the_ids_that_they_take(self) -> None:
        assert {"Query.viewer", "Mutation.archiveLink", "Subscription.clicks"} <= list_root_fields()
        assert {"Query.node.id", "Query.clicks.filter.linkIds", "Mutation.archiveLink.input.replacementId"} <= (
            list_id_arguments()
        )
