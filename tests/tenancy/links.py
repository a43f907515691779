"""Links, also as lists within other nodes."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, ask_within, change

FILTERS = {
    "campaignId": "Campaign",
    "creatorId": "Creator",
    "deliverableId": "TrackingDeliverable",
    "messageId": "Message",
    "contactId": "Contact",
    "sharerId": "User",
    "domainId": "TrackingDomain",
}
BOUND = {"campaignId": "Campaign", "sharerId": "User", "offerId": "Offer", "domainId": "TrackingDomain"}
NEVER = {("TrackingDeliverable", "messageId"), ("TrackingDeliverable", "contactId")}  # no such link has both
CASES = (
    ask("tags", f"tags {{ {LISTED} }}"),
    ask("links", f"links {{ {LISTED} }}"),
    ask("linkByUrl", 'linkByUrl(url: "$link_url") { id }'),
    *(
        ask("links", f'links(filter: {{ {name}: "${type_name}" }}) {{ {LISTED} }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    *(
        ask_within(f"{parent}.links", name, type_name, finds_own=(parent, name) not in NEVER)
        for parent in ("Campaign", "CampaignCreator", "Creator", "TrackingDeliverable")
        for name, type_name in FILTERS.items()
    ),
    change("createCreatorLink", f'creatorId: "$Creator", {ELSEWHERE}', "creatorId"),
    change("createCustomLink", f'label: "Own", {ELSEWHERE}'),
    change("createLinks", f'links: [{{ creatorId: "$Creator", {ELSEWHERE} }}]', "links.creatorId", shows_items=True),
    *(
        case
        for name, type_name in BOUND.items()
        for case in (
            change("createCreatorLink", f'creatorId: "@Creator", {name}: "${type_name}", {ELSEWHERE}', name),
            change("createCustomLink", f'label: "Own", {name}: "${type_name}", {ELSEWHERE}', name),
            change(
                "createLinks",
                f'links: [{{ label: "Own", {name}: "${type_name}", {ELSEWHERE} }}]',
                f"links.{name}",
                shows_items=True,
            ),
        )
    ),
    change("updateLink", 'id: "$Link", label: "Taken over"', "id"),
    change("updateBotPolicy", 'linkId: "$Link", mode: OFF', "linkId"),
    change("deleteCustomLink", 'id: "$Link"', "id"),
)
LAST_CASES = (
    change("archiveLink", 'id: "@Link", replacementId: "$Link"', "replacementId"),
    change(
        "archiveLink",
        f'id: "@Link", replacement: {{ domainId: "$TrackingDomain", {ELSEWHERE} }}',
        "replacement.domainId",
    ),
    change("archiveLink", 'id: "$Link"', "id"),
)
