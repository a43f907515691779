"""Contacts, offers and creatives."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, change

CASES = (
    ask("contacts", f"contacts {{ {LISTED} }}"),
    ask("creatives", f"creatives {{ {LISTED} }}"),
    ask("offers", f"offers {{ {LISTED} }}"),
    change("upsertContacts", 'contacts: [{ externalId: "own" }]'),
    change("createCreatives", 'creatives: [{ name: "Own" }]'),
    change("createOffer", f'name: "Own", {ELSEWHERE}'),
    change("updateCreative", 'id: "$Creative", name: "Taken over"', "id"),
    change("updateOffer", 'id: "$Offer", name: "Taken over"', "id"),
)
LAST_CASES = (
    change("archiveCreative", 'id: "$Creative"', "id"),
    change("archiveOffer", 'id: "$Offer"', "id"),
)
