"""Mutations of what decides over the account itself."""

from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.accounts.types import Account
from api.after_commit import tell_redirectors
from api.context import Info
from api.conversion_words import ConversionKind
from api.errors import InvalidInput, TimeZoneLocked
from api.permissions import IsAdmin
from api.scalars import CurrencyCode
from tracking.accounts.account_settings import AccountSettings, update_account_settings
from tracking.accounts.models import AttributionModel
from tracking.accounts.rules import (
    DAYS_BEYOND_WINDOW,
    MAX_CAP_PER_LINK_HOUR,
    MAX_ORIGINS,
    MAX_RETENTION_DAYS,
    MAX_WINDOW_DAYS,
)

_LISTS: Final = frozenset({"allowed_origins", "counted_kinds"})


@strawberry.input(description="What of the settings to change. What is left out stays.")
class UpdateAccountSettingsInput:
    name: strawberry.Maybe[str] = strawberry.field(default=None, description="Of the account: 1 to 200 characters.")
    timezone: strawberry.Maybe[str] = strawberry.field(
        default=None, description="IANA name, such as Europe/Berlin. Only until the first click is stored."
    )
    currency: strawberry.Maybe[CurrencyCode] = strawberry.field(
        default=None, description="Of amounts that are given without one. Nothing that is stored changes."
    )
    attribution_window_days: strawberry.Maybe[int] = strawberry.field(
        default=None, description=f"1 to {MAX_WINDOW_DAYS} times 24 hours."
    )
    attribution_model: strawberry.Maybe[AttributionModel] = strawberry.field(
        default=None, description="Which click a conversion belongs to."
    )
    creator_parameter: strawberry.Maybe[str] = strawberry.field(
        default=None, description="1 to 64 letters, digits, _, . or -, and not ct, which carries the click's id."
    )
    uses_visitor_cookie: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether a cookie tells visitors apart. Ask a lawyer where visitors must consent."
    )
    retention_days: strawberry.Maybe[int] = strawberry.field(
        default=None,
        description=f"At least {DAYS_BEYOND_WINDOW} more than the longest attribution window, the account's, a"
        f" campaign's or an offer's; at most {MAX_RETENTION_DAYS}.",
    )
    allowed_origins: strawberry.Maybe[list[str]] = strawberry.field(
        default=None,
        description=f"All of them, at most {MAX_ORIGINS}: scheme, host and port as browsers send them; no path, no *.",
    )

    counted_kinds: strawberry.Maybe[list[ConversionKind]] = strawberry.field(
        default=None,
        description="All of them: at least one, and none that takes back. For conversions that come from now on, and"
        " for others when something of them changes.",
    )
    approves_unverified: strawberry.Maybe[bool] = strawberry.field(
        default=None, description="Whether what nothing proves is approved by itself."
    )
    cap_per_link_hour: strawberry.Maybe[int] = strawberry.field(
        default=None, description=f"0 to {MAX_CAP_PER_LINK_HOUR:,} conversions of a link that no server proved."
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in AccountSettings._fields}
        changes = {name: each.value for name, each in given.items() if each is not None}
        return {name: tuple(value) if name in _LISTS else value for name, value in changes.items()}


@strawberry.type(description="The settings hold; redirectors follow within a second.")
class UpdateAccountSettingsSuccess:
    account: Account = strawberry.field(description="As it is now.")


UpdateAccountSettingsResult: TypeAlias = Annotated[
    UpdateAccountSettingsSuccess | InvalidInput | TimeZoneLocked,
    strawberry.union("UpdateAccountSettingsResult", description="How it went."),
]


@strawberry.type
class AccountMutation:
    @strawberry.mutation(description="Change what holds for the whole account.", permission_classes=[IsAdmin])
    async def update_account_settings(
        self,
        info: Info,
        given: Annotated[UpdateAccountSettingsInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateAccountSettingsResult:
        row = await update_account_settings(info.context.account_id, given.read_changes())
        await tell_redirectors(info.context)
        return UpdateAccountSettingsSuccess(account=Account.from_row(row))
