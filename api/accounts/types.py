"""The account and who asks about it."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.account_notices.types import AccountNotice, load_notices
from api.bot_policies.types import BotPolicy, load_bot_policy
from api.context import Info
from api.conversion_tracking.types import ConversionTracking, load_conversion_tracking
from api.conversion_words import ConversionKind
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.interstitials.types import Branding, Interstitial
from api.node_reports.types import AccountReport
from api.nodes import Node
from api.pagination import Connection
from api.reports.queries import make_report_field
from api.scalars import CurrencyCode
from api.users.types import User, load_user
from tracking.accounts import models
from tracking.accounts.account_settings import read_settings
from tracking.accounts.models import AttributionModel, Role, Scope
from tracking.bots.policies.queries import PolicyTarget
from tracking.interstitials.rules import read_branding, read_interstitial
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope as ReportScope

if TYPE_CHECKING:
    from api.creators.types import Creator

publish_enum(
    Scope,
    "What an API key may do. A wider scope includes the narrower ones.",
    {
        Scope.READ: "Ask queries and open subscriptions.",
        Scope.WRITE: "Also run campaigns: create, change and archive.",
        Scope.ADMIN: "Also what decides over the account itself: its settings, keys and users.",
    },
)
publish_enum(
    AttributionModel,
    "Which click a conversion belongs to, where there are several in its window.",
    {
        AttributionModel.FIRST_CLICK: "The first.",
        AttributionModel.LAST_CLICK: "The last.",
    },
)


@strawberry.type(description="What holds for the whole account.")
class AccountSettings:
    timezone: str = strawberry.field(description="IANA name. Days and hours in every report are of this zone.")
    is_timezone_locked: bool = strawberry.field(description="True since the first click was stored: the zone stays.")
    currency: CurrencyCode = strawberry.field(
        description="Of amounts that are given without one. Nothing is converted: what is stored keeps its currency."
    )
    attribution_window_days: int = strawberry.field(
        description="A conversion counts up to so many times 24 hours after its click."
    )
    attribution_model: AttributionModel = strawberry.field(description="Which click a conversion belongs to.")
    creator_parameter: str = strawberry.field(
        description="The query parameter that tells destinations whose link it was."
    )
    uses_visitor_cookie: bool = strawberry.field(
        description="True: a cookie tells visitors apart, for longer than a day. False: their address and browser do."
    )
    retention_days: int = strawberry.field(description="How long single clicks are kept. Reports stay for ever.")
    allowed_origins: list[str] = strawberry.field(
        description="Whose pages may use the graph with a session token, besides our own."
    )
    counted_kinds: list[ConversionKind] = strawberry.field(
        description="Which conversions are `conversions` of reports, where a campaign does not say so itself. The value"
        " of all of them counts."
    )
    approves_unverified: bool = strawberry.field(
        description="True: what nothing proves is approved by itself. False: somebody looks at it first."
    )
    cap_per_link_hour: int = strawberry.field(
        description="How many conversions of a link that no server proved are approved by themselves within an hour:"
        " the others wait for a person."
    )
    interstitial: Interstitial | None = strawberry.field(
        description="The page of offers whose mode is LIST_DEFAULT, in campaigns without one of their own."
    )
    branding: Branding | None = strawberry.field(
        description="What its domains say where a link leads nowhere; null: a plain sentence."
    )

    @classmethod
    def from_row(cls, row: models.Account) -> "AccountSettings":
        settings = read_settings(row)
        return cls(
            timezone=settings.timezone,
            is_timezone_locked=row.timezone_fixed_at is not None,
            currency=CurrencyCode(settings.currency),
            attribution_window_days=settings.attribution_window_days,
            attribution_model=settings.attribution_model,
            creator_parameter=settings.creator_parameter,
            uses_visitor_cookie=settings.uses_visitor_cookie,
            retention_days=settings.retention_days,
            allowed_origins=list(settings.allowed_origins),
            counted_kinds=list(settings.counted_kinds),
            approves_unverified=settings.approves_unverified,
            cap_per_link_hour=settings.cap_per_link_hour,
            interstitial=Interstitial.from_texts(read_interstitial(row.interstitial)),
            branding=Branding.from_texts(read_branding(row.branding)),
        )


@strawberry.type(description="The owner of everything here. Nothing of another account is visible.")
class Account(Node):
    name: str = strawberry.field(description="For people.")
    timezone: str = strawberry.field(description="IANA name. Days and hours in every report are of this zone.")
    currency: CurrencyCode = strawberry.field(description="ISO 4217 code of amounts that name no other.")
    row: strawberry.Private[models.Account]

    @strawberry.field(description="What holds for the whole account.")
    def settings(self) -> AccountSettings:
        return AccountSettings.from_row(self.row)

    @strawberry.field(description="What is done about programs, where campaigns and links set nothing else.")
    async def bot_policy(self, info: Info) -> BotPolicy:
        return await load_bot_policy(info.context, PolicyTarget())

    @strawberry.field(description="How conversions are reported from pages, and whether that works.")
    async def conversion_tracking(self, info: Info) -> ConversionTracking:
        return await load_conversion_tracking(info.context, self.row)

    @strawberry.field(description="What is wrong and needs somebody: nothing, when all is well.")
    async def notices(self, info: Info) -> list[AccountNotice]:
        return await load_notices(info.context)

    history: Connection[HistoryEntry] = make_history_field(
        "Account", "Who changed the settings, when, and from what to what."
    )

    report: AccountReport = make_report_field(
        "What happened on all links of the account in a range.",
        AccountReport,
        lambda _: Subject(ReportScope.ACCOUNT),
    )

    @classmethod
    def from_row(cls, row: models.Account) -> "Account":
        return cls(
            id=encode_id("Account", row.id),
            name=row.name,
            timezone=row.timezone,
            currency=CurrencyCode(row.currency),
            row=row,
        )


@strawberry.type(description="Whose credential this is, and what it may do.")
class Viewer:
    account: Account = strawberry.field(description="The account that the credential opens.")
    role: Role | None = strawberry.field(description="The user's role; null when this is no user's session.")
    scopes: list[Scope] = strawberry.field(description="What the credential may do.")
    expires_at: dt.datetime | None = strawberry.field(description="When the credential ends; null when it does not.")
    user_id: strawberry.Private[int | None]
    creator_id: strawberry.Private[int | None]

    @strawberry.field(description="The user whose session this is; null for API keys and creators.")
    async def user(self, info: Info) -> User | None:
        return await load_user(info.context, self.user_id)

    @strawberry.field(description="The creator whose session this is; null for API keys and users.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- creators have links, and links have users

        return await load_creator(info.context, self.creator_id)
