"""All kinds of exports that there are: importing this registers their layouts. A new kind is named here."""

from typing import Final

from tracking.exports.kinds.actions import ACTIONS_ALL_TYPES, USER_ACTIVITY_ALL, USER_ACTIVITY_BY_TYPE
from tracking.exports.kinds.campaign_performance import CAMPAIGN_PERFORMANCE
from tracking.exports.kinds.clicks import CLICKS
from tracking.exports.kinds.contacts import CONTACTS
from tracking.exports.kinds.conversions import CONVERSIONS
from tracking.exports.kinds.creator_profile import CREATOR_PROFILE
from tracking.exports.kinds.links_summary import LINKS_SUMMARY
from tracking.exports.kinds.payouts import PAYOUTS
from tracking.exports.kinds.segments import SEGMENT
from tracking.exports.layouts import Layout, register_layout

LAYOUTS: Final[tuple[Layout, ...]] = (
    LINKS_SUMMARY,
    ACTIONS_ALL_TYPES,
    USER_ACTIVITY_ALL,
    USER_ACTIVITY_BY_TYPE,
    CONTACTS,
    CREATOR_PROFILE,
    CAMPAIGN_PERFORMANCE,
    CLICKS,
    CONVERSIONS,
    PAYOUTS,
    SEGMENT,
)

for _layout in LAYOUTS:
    register_layout(_layout)
