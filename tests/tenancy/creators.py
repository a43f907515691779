"""Creators and their profiles."""

from tests.tenancy.cases import LISTED, ask, change

COUNT = 'counts: [{ profileId: "$Profile", countedOn: "2026-11-01", followers: 5 }]'
CASES = (
    ask("creators", f"creators {{ {LISTED} }}"),
    ask("creators", f'creators(filter: {{ campaignId: "$Campaign" }}) {{ {LISTED} }}', "filter.campaignId"),
    ask("creator", 'creator(id: "$Creator") { id handle }', "id"),
    change("createCreators", 'creators: [{ handle: "own" }]'),
    change("updateCreator", 'id: "$Creator", name: "Taken over"', "id"),
    change("addCreatorProfile", 'creatorId: "$Creator", platform: TIKTOK, handle: "own"', "creatorId"),
    change("updateCreatorProfile", 'id: "$Profile", handle: "other"', "id"),
    change("recordFollowerCounts", COUNT, "counts.profileId", shows_items=True),
)
LAST_CASES = (change("removeCreatorProfile", 'id: "$Profile"', "id"),)
