"""A document is parsed once: what is asked again is known, and what cannot be read is not tried twice."""

from typing import Any

import graphql
import pytest
import strawberry.schema.schema

from api.limits import CACHED_DOCUMENTS
from tests.integration.api.conftest import Tenant

pytestmark = pytest.mark.usefixtures("answered_once")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the library was given to parse."""
    given: list[str] = []

    def parse(source: str, **options: Any) -> graphql.DocumentNode:
        given.append(source)
        return graphql.parse(source, **options)

    monkeypatch.setattr(strawberry.schema.schema, "parse", parse)
    return given


def ask_under(name: str) -> str:
    return f"query {name} {{ __typename }}"


async def test_what_is_asked_again_is_known(acme: Tenant, parsed: list[str]) -> None:
    for _ in range(2):
        assert await acme.ask(ask_under("Again")) == {"__typename": "Query"}
    assert parsed == [ask_under("Again")]


@pytest.mark.parametrize("document", ["{ viewer {", "{ " + "__typename " * 5_000 + "}"], ids=["unfinished", "too long"])
async def test_what_cannot_be_read_is_tried_once(acme: Tenant, parsed: list[str], document: str) -> None:
    await acme.refuse(document)
    assert parsed == [document]


async def test_the_one_that_was_asked_for_longest_ago_is_forgotten_first(acme: Tenant, parsed: list[str]) -> None:
    kept, forgotten = ask_under("Kept"), ask_under("Forgotten")
    for document in (forgotten, kept):
        await acme.ask(document)
    for number in range(CACHED_DOCUMENTS - 1):
        await acme.ask(ask_under(f"Other{number}"))
    parsed.clear()
    for document in (kept, forgotten):
        await acme.ask(document)
    assert parsed == [forgotten]
