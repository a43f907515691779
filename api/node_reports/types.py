"""The reports of each type of node: what all have, and by what each can be broken down."""

from enum import StrEnum
from typing import Any, Final

import strawberry

from api.breakdowns.queries import make_breakdown_field
from api.breakdowns.types import BreakdownConnection
from api.enums import publish_enum
from api.reports.types import Report
from tracking.dimensions.kinds import TRAITS
from tracking.reports.dimensions import UTM_PARAMETERS, Dimension

_WORDS: Final = {
    Dimension.CAMPAIGN: "By campaign.",
    Dimension.CREATOR: "By creator.",
    Dimension.LINK: "By link. Contacts' own links stand together under `(none)`.",
    Dimension.MESSAGE: "By message.",
    Dimension.OFFER: "By offer.",
    Dimension.CREATIVE: "By what messages look like.",
    Dimension.SHARER: "By the user who is credited. What no user is credited with is under `(none)`.",
    Dimension.VARIANT: "By the variant of messages. What is of no message, and of messages without one, is under"
    " `(none)`.",
    Dimension.SLOT: "By the place that links have in the text, from 1.",
    Dimension.KIND: "By what links were made for. Contacts' own links stand together under `(none)`.",
    Dimension.LABEL: "By the label that links have now. Contacts' own, and links without one, are under `(none)`.",
    Dimension.TAG: "By the tags that links have now. A link with several is under each, so that tags may add up to more"
    " than there is.",
    Dimension.PLATFORM: "By the platform of the first post that carries the link, else of its creator's only profile."
    " Contacts' own, and links without either, are under `(none)`.",
    **{
        dimension: f"By `{name}` in what links lead to now. Contacts' own, and links without it, are under `(none)`."
        for dimension, name in UTM_PARAMETERS.items()
    },
    Dimension.DEVICE: "By the device that the user agent names.",
    Dimension.BROWSER: "By browser.",
    Dimension.OS: "By operating system.",
    Dimension.IN_APP_BROWSER: "By the app in which the click was made; `(none)` are browsers.",
    Dimension.REFERRER: "By the host that the browser says it came from. Beyond 500 a day, the others are `(other)`.",
    Dimension.COUNTRY: "By country, as a file that the operator supplies tells it; an error where there is none.",
    Dimension.UNIQUE_METHOD: "By how visitors are told apart: `CONTACT`, `COOKIE`, `HASH` or `NONE`.",
    Dimension.PLACEMENT: "By the placement that links were asked for with; beyond 500 a day the others are `(other)`.",
}


_SAID_OF_LINKS: Final = (Dimension.KIND, Dimension.LABEL, Dimension.TAG, Dimension.PLATFORM, *UTM_PARAMETERS)


def _publish(name: str, whose: str, *dimensions: Dimension) -> type[StrEnum]:
    """An enum of these members of Dimension alone, so that a query for another one is refused by the schema."""
    make: Any = StrEnum  # mypy follows enums of literals alone
    enum: type[StrEnum] = make(name, [(each.name, each.value) for each in dimensions], module=__name__)
    words = {member: _WORDS[Dimension(member)] for member in enum}
    publish_enum(enum, f"By what a report of {whose} can be broken down.", words)
    return enum


_OF_ACCOUNT: Final = _publish(
    "AccountDimension",
    "the account",
    Dimension.CAMPAIGN,
    Dimension.CREATOR,
    Dimension.LINK,
    Dimension.MESSAGE,
    Dimension.OFFER,
    Dimension.CREATIVE,
    Dimension.SHARER,
    Dimension.VARIANT,
    *_SAID_OF_LINKS,
    *TRAITS,
)


@strawberry.type(description="What happened on all links of an account in a range.")
class AccountReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_ACCOUNT)


_OF_CAMPAIGN: Final = _publish(
    "CampaignDimension", "a campaign", Dimension.CREATOR, Dimension.LINK, Dimension.OFFER, *_SAID_OF_LINKS, *TRAITS
)


@strawberry.type(description="What happened on the links of a campaign in a range.")
class CampaignReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_CAMPAIGN)


_OF_CAMPAIGN_CREATOR: Final = _publish(
    "CampaignCreatorDimension", "a creator in a campaign", Dimension.LINK, Dimension.OFFER, *_SAID_OF_LINKS, *TRAITS
)


@strawberry.type(description="What happened on a creator's links in a campaign in a range.")
class CampaignCreatorReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_CAMPAIGN_CREATOR)


_OF_CREATOR: Final = _publish(
    "CreatorDimension", "a creator", Dimension.CAMPAIGN, Dimension.LINK, Dimension.OFFER, *_SAID_OF_LINKS, *TRAITS
)


@strawberry.type(description="What happened on a creator's links in a range.")
class CreatorReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_CREATOR)


_OF_MESSAGE: Final = _publish("MessageDimension", "a message", Dimension.SLOT, Dimension.SHARER, *TRAITS)


@strawberry.type(description="What happened on the links of a message in a range.")
class MessageReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_MESSAGE)


_OF_OFFER: Final = _publish(
    "OfferDimension", "an offer", Dimension.CREATOR, Dimension.LINK, Dimension.CAMPAIGN, *TRAITS
)


@strawberry.type(description="What happened on the links that sell an offer in a range.")
class OfferReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_OFFER)


_OF_CREATIVE: Final = _publish("CreativeDimension", "a creative", Dimension.MESSAGE, Dimension.VARIANT)


@strawberry.type(description="What happened on the links of the messages of a creative in a range.")
class CreativeReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_CREATIVE)


_OF_USER: Final = _publish("UserDimension", "a user", Dimension.MESSAGE)


@strawberry.type(description="What happened in a range on the links that a user is credited with.")
class UserReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_USER)


_OF_TAG: Final = _publish("TagDimension", "a tag", Dimension.LINK, Dimension.CREATOR, Dimension.CAMPAIGN)


@strawberry.type(description="What happened in a range on the links that have a tag now.")
class TagReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_TAG)


_OF_LINK: Final = _publish("LinkDimension", "a link", *TRAITS)


@strawberry.type(description="What happened on a link in a range.")
class LinkReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(_OF_LINK)


@strawberry.type(description="What happened in a range on the links that are a contact's own.")
class ContactReport(Report):
    pass
