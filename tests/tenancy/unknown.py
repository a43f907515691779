"""Ids that look right and that no account has: one for each type of node."""

from typing import Final

from api.ids import encode_id
from tests.tenancy.cases import Ids

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
    "HostingList",
    "Import",
    "Link",
    "Message",
    "Offer",
    "Post",
    "PostbackSecret",
    "Profile",
    "SigningKey",
    "TrackingDeliverable",
    "TrackingDomain",
    "User",
)
UNKNOWN_IDS: Final = Ids(
    nodes={
        **{name: encode_id(name, UNKNOWN) for name in NODE_TYPES},
        "Click": "Q2xpY2s6MDE5OGEyYzAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx",
    },
    link_url="http://nowhere.localhost/x",
)
