"""Imports."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("imports", f"imports {{ {LISTED} }}"),
    change("createImport", "kind: CREATORS, format: CSV"),
    change("createImport", 'kind: CAMPAIGN_CREATORS, format: CSV, campaignId: "$Campaign"', "campaignId"),
)
