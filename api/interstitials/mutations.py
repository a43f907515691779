"""Mutations of the pages that visitors meet before a destination, and where a link leads nowhere."""

from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.accounts.types import Account
from api.after_commit import tell_redirectors
from api.campaigns.types import Campaign, require_campaign
from api.context import Info
from api.errors import InvalidInput, NotFound
from api.ids import read_id
from api.offers.types import Offer, require_offer
from api.permissions import IsAdmin, IsWriter
from api.scalars import URL
from tracking.interstitials.rules import (
    MAX_BRAND_NAME_CHARS,
    MAX_CALL_TO_ACTION_CHARS,
    MAX_DESCRIPTION_CHARS,
    MAX_PAGE_TEXT_CHARS,
    MAX_TITLE_CHARS,
    Branding,
    Interstitial,
    InterstitialMode,
)
from tracking.interstitials.service import (
    AccountPages,
    OfferPage,
    update_account_pages,
    update_campaign_interstitial,
    update_offer_interstitial,
)

_TITLE: Final = f"1 to {MAX_TITLE_CHARS} characters."
_PAGE_TEXT: Final = f"1 to {MAX_PAGE_TEXT_CHARS} characters; a sentence of ours when left out."


@strawberry.input(description="All texts of a page before a destination: plain text, shown as it is written.")
class InterstitialInput:
    title: str = strawberry.field(description=_TITLE)
    description: str = strawberry.field(default="", description=f"At most {MAX_DESCRIPTION_CHARS} characters.")
    call_to_action: str = strawberry.field(
        default="Continue", description=f"On the button that leads on: 1 to {MAX_CALL_TO_ACTION_CHARS} characters."
    )
    preview_title: str | None = strawberry.field(default=None, description=f"{_TITLE} `title` when left out.")
    preview_description: str | None = strawberry.field(
        default=None, description=f"1 to {MAX_DESCRIPTION_CHARS} characters. `description` when left out."
    )
    preview_image_url: URL | None = strawberry.field(
        default=None, description="An https address: apps fetch the picture from there, our page never does."
    )

    def read(self) -> Interstitial:
        return Interstitial(**{name: getattr(self, name) for name in Interstitial._fields})


@strawberry.input(description="All that the account's domains say where a link leads nowhere: plain text.")
class BrandingInput:
    name: str = strawberry.field(description=f"1 to {MAX_BRAND_NAME_CHARS} characters.")
    home_url: URL | None = strawberry.field(default=None, description="Where visitors can go from there.")
    not_found_text: str | None = strawberry.field(default=None, description=f"Of 404. {_PAGE_TEXT}")
    gone_text: str | None = strawberry.field(default=None, description=f"Of 410. {_PAGE_TEXT}")

    def read(self) -> Branding:
        return Branding(**{name: getattr(self, name) for name in Branding._fields})


@strawberry.input(description="What an offer's links show first. What is left out stays.")
class UpdateOfferInterstitialInput:
    id: strawberry.ID = strawberry.field(description="Of the offer. An archived one too: its links go on working.")
    mode: strawberry.Maybe[InterstitialMode] = strawberry.field(
        default=None, description="CUSTOM needs the offer's own texts."
    )
    interstitial: strawberry.Maybe[InterstitialInput | None] = strawberry.field(
        default=None, description="The offer's own texts, in place of those that were. Other modes keep them for later."
    )

    def read_changes(self) -> dict[str, Any]:
        return _read_changes(self, OfferPage._fields)


@strawberry.type(description="It is set; redirectors follow within a second.")
class UpdateOfferInterstitialSuccess:
    offer: Offer = strawberry.field(description="As it is now.")


@strawberry.input(description="What offers whose mode is LIST_DEFAULT show on the links of a campaign.")
class UpdateCampaignInterstitialInput:
    id: strawberry.ID = strawberry.field(description="Of the campaign.")
    interstitial: InterstitialInput | None = strawberry.field(description="Null: as the account says.")


@strawberry.type(description="It is set; redirectors follow within a second.")
class UpdateCampaignInterstitialSuccess:
    campaign: Campaign = strawberry.field(description="As it is now.")


@strawberry.input(description="What holds for all pages of the account. What is left out stays.")
class UpdateAccountPagesInput:
    interstitial: strawberry.Maybe[InterstitialInput | None] = strawberry.field(
        default=None,
        description="What offers whose mode is LIST_DEFAULT show where the campaign says nothing; null: no page.",
    )
    branding: strawberry.Maybe[BrandingInput | None] = strawberry.field(
        default=None, description="Of the pages for links that lead nowhere; null: a plain sentence."
    )

    def read_changes(self) -> dict[str, Any]:
        return _read_changes(self, AccountPages._fields)


@strawberry.type(description="It is set; redirectors follow within a second.")
class UpdateAccountPagesSuccess:
    account: Account = strawberry.field(description="As it is now.")


UpdateOfferInterstitialResult: TypeAlias = Annotated[
    UpdateOfferInterstitialSuccess | InvalidInput | NotFound,
    strawberry.union("UpdateOfferInterstitialResult", description="How it went."),
]
UpdateCampaignInterstitialResult: TypeAlias = Annotated[
    UpdateCampaignInterstitialSuccess | InvalidInput | NotFound,
    strawberry.union("UpdateCampaignInterstitialResult", description="How it went."),
]
UpdateAccountPagesResult: TypeAlias = Annotated[
    UpdateAccountPagesSuccess | InvalidInput,
    strawberry.union("UpdateAccountPagesResult", description="How it went."),
]


@strawberry.type
class InterstitialMutation:
    @strawberry.mutation(
        description="Set which page the links of an offer show before their destination.",
        permission_classes=[IsWriter],
    )
    async def update_offer_interstitial(
        self,
        info: Info,
        given: Annotated[UpdateOfferInterstitialInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateOfferInterstitialResult:
        offer_id = read_id(given.id, "Offer")
        await update_offer_interstitial(info.context.account_id, offer_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateOfferInterstitialSuccess(offer=await require_offer(info.context, offer_id))

    @strawberry.mutation(
        description="Set the page that a campaign's links show for offers that leave it to the campaign.",
        permission_classes=[IsWriter],
    )
    async def update_campaign_interstitial(
        self,
        info: Info,
        given: Annotated[UpdateCampaignInterstitialInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateCampaignInterstitialResult:
        campaign_id = read_id(given.id, "Campaign")
        texts = given.interstitial.read() if given.interstitial else None
        await update_campaign_interstitial(info.context.account_id, campaign_id, texts)
        await tell_redirectors(info.context)
        return UpdateCampaignInterstitialSuccess(campaign=await require_campaign(info.context, campaign_id))

    @strawberry.mutation(
        description="Set the pages of the whole account: before destinations, and where links lead nowhere.",
        permission_classes=[IsAdmin],
    )
    async def update_account_pages(
        self,
        info: Info,
        given: Annotated[UpdateAccountPagesInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateAccountPagesResult:
        row = await update_account_pages(info.context.account_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateAccountPagesSuccess(account=Account.from_row(row))


def _read_changes(given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Of the fields that were given, their values in the words of the domain."""
    maybes = {name: getattr(given, name) for name in names}
    return {name: _read(maybe.value) for name, maybe in maybes.items() if maybe is not None}


def _read(value: Any) -> Any:
    return value.read() if isinstance(value, InterstitialInput | BrandingInput) else value
