"""The reports of each type of node: what all have, and by what each can be broken down."""

from enum import StrEnum
from typing import Final

import strawberry

from api.breakdowns.queries import make_breakdown_field
from api.breakdowns.types import BreakdownConnection
from api.enums import publish_enum
from api.reports.types import Report
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


def _publish(enum: type[StrEnum], whose: str) -> None:
    words = {member: _WORDS[Dimension(member)] for member in enum}
    publish_enum(enum, f"By what a report of {whose} can be broken down.", words)


class AccountDimension(StrEnum):
    CAMPAIGN = Dimension.CAMPAIGN.value
    CREATOR = Dimension.CREATOR.value
    LINK = Dimension.LINK.value
    MESSAGE = Dimension.MESSAGE.value
    OFFER = Dimension.OFFER.value
    CREATIVE = Dimension.CREATIVE.value
    SHARER = Dimension.SHARER.value
    VARIANT = Dimension.VARIANT.value
    KIND = Dimension.KIND.value
    LABEL = Dimension.LABEL.value
    TAG = Dimension.TAG.value
    PLATFORM = Dimension.PLATFORM.value
    UTM_SOURCE = Dimension.UTM_SOURCE.value
    UTM_MEDIUM = Dimension.UTM_MEDIUM.value
    UTM_CAMPAIGN = Dimension.UTM_CAMPAIGN.value
    UTM_TERM = Dimension.UTM_TERM.value
    UTM_CONTENT = Dimension.UTM_CONTENT.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(AccountDimension, "the account")


@strawberry.type(description="What happened on all links of an account in a range.")
class AccountReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(AccountDimension)


class CampaignDimension(StrEnum):
    CREATOR = Dimension.CREATOR.value
    LINK = Dimension.LINK.value
    OFFER = Dimension.OFFER.value
    KIND = Dimension.KIND.value
    LABEL = Dimension.LABEL.value
    TAG = Dimension.TAG.value
    PLATFORM = Dimension.PLATFORM.value
    UTM_SOURCE = Dimension.UTM_SOURCE.value
    UTM_MEDIUM = Dimension.UTM_MEDIUM.value
    UTM_CAMPAIGN = Dimension.UTM_CAMPAIGN.value
    UTM_TERM = Dimension.UTM_TERM.value
    UTM_CONTENT = Dimension.UTM_CONTENT.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(CampaignDimension, "a campaign")


@strawberry.type(description="What happened on the links of a campaign in a range.")
class CampaignReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(CampaignDimension)


class CampaignCreatorDimension(StrEnum):
    LINK = Dimension.LINK.value
    OFFER = Dimension.OFFER.value
    KIND = Dimension.KIND.value
    LABEL = Dimension.LABEL.value
    TAG = Dimension.TAG.value
    PLATFORM = Dimension.PLATFORM.value
    UTM_SOURCE = Dimension.UTM_SOURCE.value
    UTM_MEDIUM = Dimension.UTM_MEDIUM.value
    UTM_CAMPAIGN = Dimension.UTM_CAMPAIGN.value
    UTM_TERM = Dimension.UTM_TERM.value
    UTM_CONTENT = Dimension.UTM_CONTENT.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(CampaignCreatorDimension, "a creator in a campaign")


@strawberry.type(description="What happened on a creator's links in a campaign in a range.")
class CampaignCreatorReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(CampaignCreatorDimension)


class CreatorDimension(StrEnum):
    CAMPAIGN = Dimension.CAMPAIGN.value
    LINK = Dimension.LINK.value
    OFFER = Dimension.OFFER.value
    KIND = Dimension.KIND.value
    LABEL = Dimension.LABEL.value
    TAG = Dimension.TAG.value
    PLATFORM = Dimension.PLATFORM.value
    UTM_SOURCE = Dimension.UTM_SOURCE.value
    UTM_MEDIUM = Dimension.UTM_MEDIUM.value
    UTM_CAMPAIGN = Dimension.UTM_CAMPAIGN.value
    UTM_TERM = Dimension.UTM_TERM.value
    UTM_CONTENT = Dimension.UTM_CONTENT.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(CreatorDimension, "a creator")


@strawberry.type(description="What happened on a creator's links in a range.")
class CreatorReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(CreatorDimension)


class MessageDimension(StrEnum):
    SLOT = Dimension.SLOT.value
    SHARER = Dimension.SHARER.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(MessageDimension, "a message")


@strawberry.type(description="What happened on the links of a message in a range.")
class MessageReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(MessageDimension)


class OfferDimension(StrEnum):
    CREATOR = Dimension.CREATOR.value
    LINK = Dimension.LINK.value
    CAMPAIGN = Dimension.CAMPAIGN.value
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(OfferDimension, "an offer")


@strawberry.type(description="What happened on the links that sell an offer in a range.")
class OfferReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(OfferDimension)


class CreativeDimension(StrEnum):
    MESSAGE = Dimension.MESSAGE.value
    VARIANT = Dimension.VARIANT.value


_publish(CreativeDimension, "a creative")


@strawberry.type(description="What happened on the links of the messages of a creative in a range.")
class CreativeReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(CreativeDimension)


class UserDimension(StrEnum):
    MESSAGE = Dimension.MESSAGE.value


_publish(UserDimension, "a user")


@strawberry.type(description="What happened in a range on the links that a user is credited with.")
class UserReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(UserDimension)


class LinkDimension(StrEnum):
    DEVICE = Dimension.DEVICE.value
    BROWSER = Dimension.BROWSER.value
    OS = Dimension.OS.value
    IN_APP_BROWSER = Dimension.IN_APP_BROWSER.value
    REFERRER = Dimension.REFERRER.value
    COUNTRY = Dimension.COUNTRY.value
    UNIQUE_METHOD = Dimension.UNIQUE_METHOD.value
    PLACEMENT = Dimension.PLACEMENT.value


_publish(LinkDimension, "a link")


class TagDimension(StrEnum):
    LINK = Dimension.LINK.value
    CREATOR = Dimension.CREATOR.value
    CAMPAIGN = Dimension.CAMPAIGN.value


_publish(TagDimension, "a tag")


@strawberry.type(description="What happened in a range on the links that have a tag now.")
class TagReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(TagDimension)


@strawberry.type(description="What happened in a range on the links that are a contact's own.")
class ContactReport(Report):
    pass


@strawberry.type(description="What happened on a link in a range.")
class LinkReport(Report):
    breakdown: BreakdownConnection = make_breakdown_field(LinkDimension)
