import time

import msgspec
import pytest
from graphql import get_introspection_query, parse

from api.limits import Limits, Weight, count_operations, find_excess, weigh_document
from api.overlaps import count_comparisons
from api.schema import schema
from tests.product_queries import FOLDER
from tracking.settings import Settings

GRAPH = schema._schema
DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Settings)}
ALLOWED = Limits(depth=DEFAULTS["graphql_max_depth"], cost=DEFAULTS["graphql_max_cost"])


def weigh(query: str, **variables: object) -> Weight:
    return weigh_document(GRAPH, parse(query), variables)


def bomb(levels: int) -> str:
    """A query of a few hundred bytes whose expansion doubles with every level."""
    fragments = "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {fragments} fragment F{levels} on Query {{ viewer {{ account {{ name }} }} }}"


def spread_in_a_ring(fragments: int) -> str:
    return " ".join(
        f"fragment F{n} on Query {{ viewer {{ scopes }} ...F{(n + 1) % fragments} }}" for n in range(fragments)
    )


class TestWeight:
    def test_leaves_cost_nothing_and_objects_one_each(self) -> None:
        assert weigh("{ viewer { scopes account { name timezone } } }") == (3, 5, 2)

    def test_a_page_multiplies_what_is_in_it(self) -> None:
        # one connection, 30 edges, 30 nodes
        assert weigh("{ clicks(first: 30) { edges { node { id } } } }").cost == 1 + 30 + 30

    @pytest.mark.parametrize(
        ("query", "variables", "pages"),
        [
            ("query ($n: Int) { clicks(first: $n) { nodes { id } } }", {"n": 7}, 7),
            ("query ($n: Int = 6) { clicks(first: $n) { nodes { id } } }", {}, 6),
            ("query ($n: Int) { clicks(first: $n) { nodes { id } } }", {}, 50),
            ("query ($n: Int = 6) { clicks(first: $n) { nodes { id } } }", {"n": None}, 50),
            ("query ($n: Int) { clicks(first: $n) { nodes { id } } }", {"n": 90.0}, 90),
            ("query ($n: Int) { clicks(first: $n) { nodes { id } } }", {"n": 0.5}, 50),
            ("query ($n: Int) { clicks(first: $n) { nodes { id } } }", {"n": float("inf")}, 50),
            ("query A ($n: Int = 90) { clicks(first: $n) { nodes { id } } } query B ($n: Int = 1) { a: node }", {}, 90),
            ("{ clicks(last: 4) { nodes { id } } }", {}, 4),
            ("{ clicks { nodes { id } } }", {}, 50),
            ("{ clicks(first: -9) { nodes { id } } }", {}, 0),
        ],
    )
    def test_the_size_of_a_page_comes_from_where_it_is_given(
        self, query: str, variables: dict[str, object], pages: int
    ) -> None:
        assert weigh_document(GRAPH, parse(query), variables).cost == 1 + pages

    def test_a_list_without_page_counts_as_much_as_is_usual(self) -> None:
        assert weigh("{ nodes(ids: []) { id } }").cost == 100
        assert weigh("{ viewer { account { report { series { metrics { totalClicks } } } } } }").cost == 3 + 200
        assert weigh("{ node(id: 1) { ... on Creator { profiles { handle } } } }").cost == 1 + 10
        assert weigh("{ viewer { account { report { heatMap { hour } } } } }").cost == 3 + 168

    @pytest.mark.parametrize("name", ["content", "csv", "problems"])
    def test_what_goes_through_all_of_a_statement_counts_as_a_list(self, name: str) -> None:
        assert weigh(f"{{ node(id: 1) {{ ... on Statement {{ number {name} }} }} }}").cost == 1 + 100
        assert weigh(f"{{ statements(first: 7) {{ nodes {{ number {name} }} }} }}").cost == 1 + 7 * (1 + 100)
        assert weigh("{ node(id: 1) { ... on Statement { totals { creator { id } } } } }").cost == 1 + 100 + 2

    def test_runs_of_schedules_count_as_often_as_they_are_worked_out(self) -> None:
        again = " ".join(f"r{place}: nextRuns(first: 100)" for place in range(5))

        assert weigh(f"{{ exportSchedules(first: 9) {{ nodes {{ {again} }} }} }}").cost == 1 + 9 * (1 + 5 * 100)

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            (
                "mutation ($i: CreateCreatorsInput!) { createCreators(input: $i) { ...S } }",
                {"i": {"creators": [{}] * 700}},
            ),
            ("mutation ($c: [CreatorInput!]!) { createCreators(input: {creators: $c}) { ...S } }", {"c": [{}] * 700}),
            ("mutation { createCreators(input: {creators: [" + "{}" * 700 + "]}) { ...S } }", {}),
            (
                "mutation { ...M } fragment M on Mutation { createCreators(input: {creators: ["
                + "{}" * 700
                + "]}) { ...S } }",
                {},
            ),
            ("mutation ($i: I = {creators: [" + "{}" * 700 + "]}) { createCreators(input: $i) { ...S } }", {}),
        ],
    )
    def test_a_bulk_mutation_answers_as_much_as_it_is_given(self, query: str, variables: dict[str, object]) -> None:
        answer = " fragment S on CreateCreatorsSuccess { items { node { handle } } }"
        assert weigh(query + answer, **variables).cost == 1 + 700 * 2
        nested = " fragment S on CreateCreatorsSuccess { items { node { links(first: 100) { nodes { id } } } } }"
        assert find_excess(GRAPH, parse(query + nested), variables, ALLOWED) is not None

    def test_the_largest_operation_counts_and_the_fields_of_all(self) -> None:
        query = "query A { viewer { scopes } } query B { viewer { account { name } } }"

        assert weigh(query) == (3, 5, 2)
        assert count_operations(parse(query)) == 2


class TestLimits:
    def test_the_introspection_of_graphiql_passes(self) -> None:
        query = get_introspection_query(input_value_deprecation=True, schema_description=True)

        assert find_excess(GRAPH, parse(query), {}, ALLOWED) is None

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            (
                "{ node(id: 1) " + "{ ... on Link { campaign { links { nodes " * 5 + "{ id }" + " } } } }" * 5 + " }",
                "deeper",
            ),
            ("{ " + " ".join(f"a{n}: viewer {{ scopes }}" for n in range(501)) + " }", "has more fields"),
            ("{ " + "viewer { scopes } " * 72 + "}", "for one place"),
            ("{ ...F0 } " + spread_in_a_ring(60), "for one place"),
            ("{ links(first: 1000) { nodes { clicks(first: 40) { nodes { id } } } } }", "objects"),
        ],
    )
    def test_what_is_too_large_is_refused(self, query: str, says: str) -> None:
        excess = find_excess(GRAPH, parse(query), {}, ALLOWED)

        assert excess is not None
        assert says in excess

    def test_nested_fragments_are_weighed_once_each(self) -> None:
        query = parse(bomb(100))
        began = time.process_time()

        excess = find_excess(GRAPH, query, {}, ALLOWED)

        # walking every spread would take 2 ** 100 steps; the deadline only tells linear from not
        assert time.process_time() - began < 5
        assert excess is not None
        assert "more objects" in excess

    def test_a_fragment_within_itself_weighs_nothing_and_is_left_to_validation(self) -> None:
        query = parse("{ ...A } fragment A on Query { viewer { scopes } ...B } fragment B on Query { ...A }")

        assert find_excess(GRAPH, query, {}, ALLOWED) is None

    def test_unknown_fields_and_types_are_left_to_validation(self) -> None:
        query = parse("{ nothing { at { all } } ... on Nowhere { here } }")

        assert find_excess(GRAPH, query, {}, ALLOWED) is None


class TestComparisons:
    @pytest.mark.parametrize(
        ("query", "comparisons"),
        [
            ("{ viewer { scopes } }", 1 + 1),
            ("{ viewer { scopes } viewer { scopes } }", 4 + 4),
            ("{ a: viewer { scopes } b: viewer { scopes } }", 1 + 1 + 1 + 1),
            ("{ viewer { scopes } ... { viewer { scopes } } ... on Query { viewer { scopes } } }", 9 + 9),
            # two fields at one place, and one fragment that meets itself and its spread
            ("{ viewer { scopes } ...F } fragment F on Query { viewer { scopes } }", 4 + 4 + 2),
        ],
    )
    def test_fields_are_compared_with_all_that_stand_at_their_place(self, query: str, comparisons: int) -> None:
        assert count_comparisons(parse(query)) == comparisons

    def test_the_documents_of_real_clients_are_far_from_the_limit(self) -> None:
        documents = [get_introspection_query(), *(path.read_text() for path in FOLDER.glob("*.graphql"))]

        assert max(count_comparisons(parse(document)) for document in documents) < ALLOWED.comparisons / 50
