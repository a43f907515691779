"""Clicks."""

from tests.tenancy.cases import LISTED, ask, ask_within, change

FILTERS = {
    "linkIds": "Link",
    "campaignIds": "Campaign",
    "creatorIds": "Creator",
    "messageIds": "Message",
    "contactIds": "Contact",
    "offerIds": "Offer",
    "sameNetworkAs": "Click",
    "sameUserAgentAs": "Click",
}
CASES = (
    ask("clicks", f"clicks {{ {LISTED} }}"),
    *(
        ask("clicks", f'clicks(filter: {{ {name}: ["${type_name}"] }}) {{ {LISTED} }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    change("createTestSession", "ttlS: 60"),
    change("createTestSession", 'ttlS: 60, domainId: "$TrackingDomain"', "domainId"),
    *(ask_within("Link.clicks", name, type_name, is_list=True) for name, type_name in FILTERS.items()),
)
