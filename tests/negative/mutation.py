"""One mistake, and the test that sees it."""

from typing import NamedTuple


class Mutation(NamedTuple):
    """`before` stands once in the file at `path`; with `after` in its place, `test` fails.

    `rule` is one of ARCHITECTURE.md, or a word for what stands against a threat.
    """

    rule: str
    mistake: str
    path: str
    before: str
    after: str
    test: str
