import msgspec
import pytest
from graphql import parse, validate

from api.graphiql_page import ASSETS
from api.limits import Limits, find_excess
from api.schema import schema
from tests.product_queries import FOLDER, read_query
from tracking.settings import Settings

GRAPH = schema._schema
SHIPPED = {field.name: field.default for field in msgspec.structs.fields(Settings)}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.graphql")))
def test_a_query_of_ours_is_valid_and_within_the_limits_that_ship(name: str) -> None:
    document = parse(read_query(name), max_tokens=SHIPPED["graphql_max_tokens"])
    limits = Limits(depth=SHIPPED["graphql_max_depth"], cost=SHIPPED["graphql_max_cost"])

    assert validate(GRAPH, document) == []
    assert find_excess(GRAPH, document, {}, limits) is None


def test_the_page_opens_with_the_first_of_them() -> None:
    assert (ASSETS / "first_query.graphql").read_text() == read_query("01")
