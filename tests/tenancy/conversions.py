"""Conversions."""

from tests.tenancy.cases import LISTED, ask, change

FILTERS = {"linkIds": "Link", "campaignIds": "Campaign", "creatorIds": "Creator", "offerIds": "Offer"}
REPORT = 'txnId: "taken-over", revenue: "1"'
CASES = (
    ask("conversions", f"conversions {{ {LISTED} }}"),
    *(
        ask("conversions", f'conversions(filter: {{ {name}: ["${type_name}"] }}) {{ {LISTED} }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    change("recordConversions", 'conversions: [{ txnId: "own" }]'),
    change(
        "recordConversions",
        f'conversions: [{{ {REPORT}, linkId: "$Link" }}]',
        "conversions.linkId",
        shows_items=True,
    ),
    change(
        "recordConversions",
        f'conversions: [{{ {REPORT}, offerId: "$Offer" }}]',
        "conversions.offerId",
        shows_items=True,
    ),
    change("rematchConversion", 'id: "$Conversion"', "id"),
)
LAST_CASES = (
    change("approveConversions", 'ids: ["$Conversion"]', "ids", shows_items=True),
    change("rejectConversions", 'ids: ["$Conversion"]', "ids", shows_items=True),
)
