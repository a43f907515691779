"""Campaigns, their creators and deliverables."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, change

SHOP = f'name: "Shop", {ELSEWHERE}'
CASES = (
    ask("campaigns", f"campaigns {{ {LISTED} }}"),
    ask("campaign", 'campaign(id: "$Campaign") { id name }', "id"),
    change("createCampaign", 'name: "Own"'),
    change("updateCampaign", 'id: "$Campaign", name: "Taken over"', "id"),
    change("createTrackingDeliverable", f'campaignId: "$Campaign", {SHOP}', "campaignId"),
    change("createTrackingDeliverable", f'campaignId: "@Campaign", domainId: "$TrackingDomain", {SHOP}', "domainId"),
    change("updateTrackingDeliverable", 'id: "$TrackingDeliverable", name: "Taken over"', "id"),
    change(
        "addCreatorsToCampaign", 'campaignId: "$Campaign", creatorIds: ["@Creator"]', "campaignId", shows_items=True
    ),
    change(
        "addCreatorsToCampaign", 'campaignId: "@Campaign", creatorIds: ["$Creator"]', "creatorIds", shows_items=True
    ),
    change("setCampaignCreatorStage", 'id: "$CampaignCreator", stage: COMPLETED', "id"),
)
LAST_CASES = (change("archiveTrackingDeliverable", 'id: "$TrackingDeliverable"', "id"),)
