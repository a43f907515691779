"""Every question that takes an id, by noun, for the test of two accounts: what has no case fails it."""

from typing import Final

from tests.tenancy import accounts, campaigns, clicks, creators, links
from tests.tenancy.cases import Case

CASES: Final[tuple[Case, ...]] = tuple(
    case for noun in (accounts, campaigns, clicks, creators, links) for case in noun.CASES
)
