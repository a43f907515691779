"""By what a subject's counts are broken down, and under which keys its parts stand."""

from enum import StrEnum
from typing import Final

NONE_KEY: Final = "(none)"  # what has no campaign, creator, link …, and contacts' own links as links


class Dimension(StrEnum):
    """Keys are ids of rows, numbers of slots, or texts."""

    CAMPAIGN = "CAMPAIGN"
    CREATOR = "CREATOR"
    LINK = "LINK"
    MESSAGE = "MESSAGE"
    OFFER = "OFFER"
    CREATIVE = "CREATIVE"
    SHARER = "SHARER"
    SLOT = "SLOT"
    VARIANT = "VARIANT"
    KIND = "KIND"
    LABEL = "LABEL"
    TAG = "TAG"  # a link with several stands under each
    PLATFORM = "PLATFORM"
    UTM_SOURCE = "UTM_SOURCE"
    UTM_MEDIUM = "UTM_MEDIUM"
    UTM_CAMPAIGN = "UTM_CAMPAIGN"
    UTM_TERM = "UTM_TERM"
    UTM_CONTENT = "UTM_CONTENT"
    DEVICE = "DEVICE"  # these and the next are told by single clicks: tracking/dimensions
    BROWSER = "BROWSER"
    OS = "OS"
    IN_APP_BROWSER = "IN_APP_BROWSER"
    REFERRER = "REFERRER"
    COUNTRY = "COUNTRY"
    UNIQUE_METHOD = "UNIQUE_METHOD"
    PLACEMENT = "PLACEMENT"


# What links lead to, as it is written there: PostgreSQL finds it, `tracking.links.utm` reads it.
UTM_PARAMETERS: Final = {
    dimension: dimension.value.lower() for dimension in Dimension if dimension.value.startswith("UTM_")
}
