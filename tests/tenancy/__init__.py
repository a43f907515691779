"""Every question that takes an id, by noun, for the test of two accounts: what has no case fails it."""

from typing import Final

from tests.tenancy import (
    accounts,
    campaigns,
    clicks,
    contacts,
    conversions,
    corrections,
    creators,
    domains,
    erasures,
    exports,
    hosting_lists,
    imports,
    jobs,
    links,
    messages,
    offers,
    reconciliations,
    report_pages,
    segments,
    snippets,
    statements,
    webhooks,
)
from tests.tenancy.cases import Case

NOUNS: Final = (
    messages,
    segments,
    links,
    clicks,
    conversions,
    corrections,
    creators,
    campaigns,
    contacts,
    offers,
    snippets,
    report_pages,
    statements,
    reconciliations,
    domains,
    hosting_lists,
    imports,
    exports,
    jobs,
    webhooks,
    accounts,
    erasures,
)
CASES: Final[tuple[Case, ...]] = (
    *(case for noun in NOUNS for case in noun.CASES),
    *(case for noun in NOUNS for case in getattr(noun, "LAST_CASES", ())),  # they take away what others ask for
)
