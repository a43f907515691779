"""Campaigns, their creators and deliverables."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, change

CASES = (
    ask("campaigns", f"campaigns {{ {LISTED} }}"),
    ask("campaign", 'campaign(id: "$Campaign") { id name }', "id"),
    change("createCampaign", 'name: "Own"'),
    change("updateCampaign", 'id: "$Campaign", name: "Taken over"', "id"),
    change("createTrackingDeliverable", f'campaignId: "$Campaign", name: "Shop", {ELSEWHERE}', "campaignId"),
    change(
        "addCreatorsToCampaign", 'campaignId: "$Campaign", creatorIds: ["@Creator"]', "campaignId", shows_items=True
    ),
    change(
        "addCreatorsToCampaign", 'campaignId: "@Campaign", creatorIds: ["$Creator"]', "creatorIds", shows_items=True
    ),
    change("setCampaignCreatorStage", 'id: "$CampaignCreator", stage: COMPLETED', "id"),
)
