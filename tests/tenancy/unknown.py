"""Ids that look right and that no account has: one for each type of node."""

from typing import Final
from uuid import UUID

from api.ids import encode_id
from tests.tenancy.cases import Ids

_UNKNOWN_UUID: Final = UUID("0198a2c0-0000-7000-8000-000000000001")
UNKNOWN: Final = 4_611_686_018_427_387_904
NODE_TYPES: Final = (
    "Account",
    "ApiKey",
    "Campaign",
    "CampaignCreator",
    "Contact",
    "Coupon",
    "Correction",
    "Creative",
    "Creator",
    "Erasure",
    "Export",
    "ExportSchedule",
    "HostingList",
    "Import",
    "Link",
    "Message",
    "Offer",
    "Post",
    "PostbackSecret",
    "Profile",
    "ReportPage",
    "Segment",
    "SigningKey",
    "SnippetKey",
    "Statement",
    "Tag",
    "TrackingDeliverable",
    "TrackingDomain",
    "User",
    "WebhookEndpoint",
    "WebhookReplay",
)
UNKNOWN_IDS: Final = Ids(
    nodes={
        **{name: encode_id(name, UNKNOWN) for name in NODE_TYPES},
        "Click": encode_id("Click", _UNKNOWN_UUID),
        "Conversion": encode_id("Conversion", _UNKNOWN_UUID),
        "WebhookDelivery": encode_id("WebhookDelivery", _UNKNOWN_UUID),
    },
    link_url="http://nowhere.localhost/x",
)
