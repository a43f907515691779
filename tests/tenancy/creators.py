"""Creators."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("creators", f"creators {{ {LISTED} }}"),
    change("createCreators", 'creators: [{ handle: "own" }]'),
)
