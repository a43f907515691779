"""Whatever document the graph is sent, it is weighed in time linear in its length, and never raises."""

from graphql import GraphQLError, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from api.limits import weigh_document
from api.schema import schema

NAMES = st.sampled_from(
    [
        *("viewer", "account", "campaigns", "creators", "links", "nodes", "edges", "node"),
        *("report", "totals", "series", "id", "x", "F0", "F1", "F2"),
    ]
)


def _nest(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, size, body: f"{name}(first: {size}) {{ {' '.join(body)} }}",
        NAMES,
        st.sampled_from(["-1", "0", "5", "99999999999999999999", "$n", '"x"', "null", "[1]"]),
        st.lists(children, min_size=1, max_size=3),
    )


SELECTIONS = st.recursive(
    NAMES | NAMES.map(lambda name: f"...{name}") | NAMES.map(lambda name: f"... on Campaign {{ {name} }}"),
    _nest,
    max_leaves=12,
)


@settings(max_examples=min(settings().max_examples, 4_000))  # each takes milliseconds
@given(st.lists(SELECTIONS, min_size=1, max_size=4), st.lists(SELECTIONS, max_size=3), st.integers() | st.none())
def test_any_document_is_weighed(selections: list[str], fragments: list[str], count: int | None) -> None:
    written = "".join(f" fragment F{place} on Query {{ {body} }}" for place, body in enumerate(fragments))
    try:
        document = parse(f"query ($n: Int = 3) {{ {' '.join(selections)} }}{written}")
    except GraphQLError:
        return

    weight = weigh_document(schema._schema, document, {"n": count})

    assert weight.fields >= 0
    assert weight.cost >= 0
