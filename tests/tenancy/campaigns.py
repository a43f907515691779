"""Campaigns, their creators and deliverables."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, ask_within, change

SHOP = f'name: "Shop", {ELSEWHERE}'
POST = 'platform: TIKTOK, url: "https://video.example/new", publishedAt: "2026-11-20T12:00:00Z"'
OTHER_POST = POST.replace("new", "newer")
CASES = (
    ask("campaigns", f"campaigns {{ {LISTED} }}"),
    ask("campaign", 'campaign(id: "$Campaign") { id name }', "id"),
    change("createCampaign", 'name: "Own"'),
    ask("campaigns", f'campaigns(filter: {{ creatorId: "$Creator" }}) {{ {LISTED} }}', "filter.creatorId"),
    ask_within("Creator.campaigns", "creatorId", "Creator"),
    ask_within("Creator.posts", "campaignId", "Campaign"),
    ask_within("Creator.posts", "linkId", "Link"),
    change("updateCampaign", 'id: "$Campaign", name: "Taken over"', "id"),
    change("updateCampaignInterstitial", 'id: "$Campaign", interstitial: { title: "Taken over" }', "id"),
    change("updateBotPolicy", 'campaignId: "$Campaign", mode: OFF', "campaignId"),
    change("updateCampaign", 'id: "@Campaign", domainId: "$TrackingDomain"', "domainId"),
    change("createCampaign", 'name: "Own", domainId: "$TrackingDomain"', "domainId"),
    change(
        "setDeal", 'campaignCreatorId: "$CampaignCreator", deal: { currency: "EUR", flatFee: "5" }', "campaignCreatorId"
    ),
    change("setAudienceProfile", 'campaignCreatorId: "$CampaignCreator", profileId: "@Profile"', "campaignCreatorId"),
    change("setAudienceProfile", 'campaignCreatorId: "@CampaignCreator", profileId: "$Profile"', "profileId"),
    change("createPost", f'campaignCreatorId: "$CampaignCreator", {POST}, linkIds: []', "campaignCreatorId"),
    change("createPost", f'campaignCreatorId: "@CampaignCreator", {OTHER_POST}, linkIds: ["$Link"]', "linkIds"),
    change("updatePost", 'id: "$Post", url: "https://video.example/other"', "id"),
    change("updatePost", 'id: "@Post", linkIds: ["$Link"]', "linkIds"),
    change("createTrackingDeliverable", f'campaignId: "$Campaign", {SHOP}', "campaignId"),
    change("createTrackingDeliverable", f'campaignId: "@Campaign", domainId: "$TrackingDomain", {SHOP}', "domainId"),
    change("updateTrackingDeliverable", 'id: "$TrackingDeliverable", name: "Taken over"', "id"),
    change(
        "addCreatorsToCampaign", 'campaignId: "$Campaign", creatorIds: ["@Creator"]', "campaignId", shows_items=True
    ),
    change(
        "addCreatorsToCampaign", 'campaignId: "@Campaign", creatorIds: ["$Creator"]', "creatorIds", shows_items=True
    ),
    change(
        "setCampaignCreatorStages", 'items: [{ id: "$CampaignCreator", stage: ACTIVE }]', "items.id", shows_items=True
    ),
    change("setCampaignCreatorStage", 'id: "$CampaignCreator", stage: COMPLETED', "id"),
)
LAST_CASES = (
    change("deletePost", 'id: "$Post"', "id"),
    change("archiveTrackingDeliverable", 'id: "$TrackingDeliverable"', "id"),
    change("archiveCampaign", 'id: "$Campaign"', "id"),
)
