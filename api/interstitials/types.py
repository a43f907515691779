"""Pages between links and destinations, and what our own pages say."""

import datetime as dt

import strawberry

from api.enums import publish_enum
from api.scalars import URL
from tracking.interstitials import rules
from tracking.interstitials.rules import InterstitialMode

publish_enum(
    InterstitialMode,
    "Which page the links of an offer show before their destination. Programs that say what they are never see it.",
    {
        InterstitialMode.CUSTOM: "One of the offer's own texts.",
        InterstitialMode.LIST_DEFAULT: "The one of the link's campaign, else of the account; none without either.",
        InterstitialMode.NONE: "None: visitors are redirected at once.",
    },
)


@strawberry.type(description="The texts of a page before a destination. All of them are plain text, never HTML.")
class Interstitial:
    title: str = strawberry.field(description="Its heading.")
    description: str = strawberry.field(description="What stands below; empty for nothing.")
    call_to_action: str = strawberry.field(description="On the button that leads on.")
    preview_title: str | None = strawberry.field(description="What apps that preview the link show; null: `title`.")
    preview_description: str | None = strawberry.field(description="Below it; null: `description`.")
    preview_image_url: URL | None = strawberry.field(description="The picture that they show; null for none.")

    @classmethod
    def from_texts(cls, texts: rules.Interstitial | None) -> "Interstitial | None":
        if texts is None:
            return None
        image_url = texts.preview_image_url
        return cls(
            title=texts.title,
            description=texts.description,
            call_to_action=texts.call_to_action,
            preview_title=texts.preview_title,
            preview_description=texts.preview_description,
            preview_image_url=URL(image_url) if image_url else None,
        )


@strawberry.type(description="What the account's domains say where a link leads nowhere. All of it is plain text.")
class Branding:
    name: str = strawberry.field(description="Whose pages these are: their heading.")
    home_url: URL | None = strawberry.field(description="Where visitors can go from there.")
    not_found_text: str | None = strawberry.field(
        description="Where there is no link, which answers 404; null: a sentence of ours."
    )
    gone_text: str | None = strawberry.field(
        description="Where a link is archived, which answers 410; null: a sentence of ours."
    )

    @classmethod
    def from_texts(cls, texts: rules.Branding | None) -> "Branding | None":
        if texts is None:
            return None
        return cls(
            name=texts.name,
            home_url=URL(texts.home_url) if texts.home_url else None,
            not_found_text=texts.not_found_text,
            gone_text=texts.gone_text,
        )


@strawberry.type(description="The page of an offer, as a click met it.")
class ClickInterstitial:
    continued_at: dt.datetime | None = strawberry.field(
        description="When the visitor pressed its button; null where nobody did. It judges no click, unless the bot"
        " policy asks to confirm."
    )
