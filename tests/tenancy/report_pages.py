"""Report pages: what they are made of, and themselves."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("reportPages", f"reportPages {{ {LISTED} }}"),
    ask("reportPages", f'reportPages(filter: {{ campaignId: "$Campaign" }}) {{ {LISTED} }}', "filter.campaignId"),
    ask("reportPages", f'reportPages(filter: {{ creatorId: "$Creator" }}) {{ {LISTED} }}', "filter.creatorId"),
    change("createReportPage", 'campaignId: "$Campaign"', "campaignId"),
    change("createReportPage", 'creatorId: "$Creator"', "creatorId"),
)
LAST_CASES = (change("revokeReportPage", 'id: "$ReportPage"', "id"),)
