"""Links, also as lists within other nodes."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, ask_within, change

FILTERS = {"campaignId": "Campaign", "creatorId": "Creator"}
CASES = (
    ask("links", f"links {{ {LISTED} }}"),
    ask("linkByUrl", 'linkByUrl(url: "$link_url") { id }'),
    *(
        ask("links", f'links(filter: {{ {name}: "${type_name}" }}) {{ {LISTED} }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    *(
        ask_within(f"{parent}.links", name, type_name)
        for parent in ("Campaign", "CampaignCreator", "Creator", "TrackingDeliverable")
        for name, type_name in FILTERS.items()
    ),
    change("createCreatorLink", f'creatorId: "$Creator", {ELSEWHERE}', "creatorId"),
    change("createCreatorLink", f'creatorId: "@Creator", campaignId: "$Campaign", {ELSEWHERE}', "campaignId"),
    change("archiveLink", 'id: "@Link", replacementId: "$Link"', "replacementId"),
    change("archiveLink", 'id: "$Link"', "id"),
)
