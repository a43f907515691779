"""Which mutations take an idempotency key: all that make or record something, and of the others none by accident."""

import re
from collections.abc import Iterator

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from tests.schema_walk import GRAPH

# Everything else sets what is named to what is given, so that a repeat changes nothing by itself.
MAKES = re.compile(r"^(create|record|request|close|import|prepare|upsert|rescore|reclassify|rotate|ping|replay)[A-Z]")
SETS = re.compile(r"^(update|set|put|archive|delete|remove|revoke|verify|preview|approve|reject)[A-Z]")
UNIQUE_BY_ITSELF = {
    "addCreatorProfile": "a creator has a profile of a platform and handle once",
    "addCreatorsToCampaign": "a creator is in a campaign once, and keeps the stage",
    "addMessageRecipients": "a message has a recipient once",
    "eraseContact": "a contact is erased once, and its erasure is told again",
    "eraseVisitor": "a visitor is erased once, and the erasure is told again",
    "rematchConversion": "a conversion is matched by what is known, whoever asks how often",
    "undoReclassification": "a correction is taken back once",
}


def list_mutations() -> Iterator[tuple[str, bool]]:
    """Each with whether it takes a key."""
    assert GRAPH.mutation_type is not None
    for name, field in GRAPH.mutation_type.fields.items():
        given = get_named_type(field.args["input"].type)
        assert isinstance(given, GraphQLInputObjectType)
        yield name, "idempotencyKey" in given.fields


@pytest.mark.feature("CU11")
def test_every_mutation_that_makes_or_records_something_takes_one() -> None:
    assert [name for name, takes_key in list_mutations() if MAKES.match(name) and not takes_key] == []


def test_every_other_mutation_is_the_same_when_it_is_repeated() -> None:
    others = {name for name, _ in list_mutations() if not MAKES.match(name) and not SETS.match(name)}

    assert others == set(UNIQUE_BY_ITSELF)
