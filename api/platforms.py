"""Where creators have an audience, in the graph: profiles, posts and filters take the enum from here, published."""

from api.enums import publish_enum
from tracking.creators.models import Platform

_NAMES = {
    Platform.TIKTOK: "TikTok",
    Platform.YOUTUBE: "YouTube",
    Platform.LINKEDIN: "LinkedIn",
    Platform.BLOG: "A blog",
    Platform.NEWSLETTER: "A newsletter",
    Platform.PODCAST: "A podcast",
    Platform.OTHER: "Anything else",
}
publish_enum(
    Platform,
    "Where a creator has an audience.",
    {platform: f"{_NAMES.get(platform, platform.value.title())}." for platform in Platform},
)

__all__ = ["Platform"]
