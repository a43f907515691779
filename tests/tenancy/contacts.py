"""Contacts and creatives."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("contacts", f"contacts {{ {LISTED} }}"),
    ask("creatives", f"creatives {{ {LISTED} }}"),
    ask("creativeRanking", "creativeRanking { creatives { creative { id } sent } }"),
    change("upsertContacts", 'contacts: [{ externalId: "own" }]'),
    change("createCreatives", 'creatives: [{ name: "Own" }]'),
    change("updateCreative", 'id: "$Creative", name: "Taken over"', "id"),
)
LAST_CASES = (change("archiveCreative", 'id: "$Creative"', "id"),)
