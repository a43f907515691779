"""How an account's conversions are reported, and whether that works."""

import datetime as dt

import strawberry

from api.context import Context, Info
from api.enums import publish_enum
from api.snippet_keys.types import SnippetKey
from tracking.accounts import models
from tracking.accounts.account_settings import DAY_S
from tracking.clock import utc_now
from tracking.snippets import checks
from tracking.snippets.checks import CheckName, CheckState, check_tracking
from tracking.snippets.queries import (
    LOOKED_AT,
    LOOKED_BACK_DAYS,
    SnippetDomain,
    find_snippet_domain,
    list_live_keys,
    read_installation,
)
from tracking.snippets.rules import SnippetTerms, write_confirmation_snippet, write_landing_snippet
from tracking.snippets.scripts import SNIPPET_VERSION

publish_enum(
    CheckName,
    "What is looked at.",
    {
        CheckName.DOMAIN: "The default tracking domain, from which pages load the scripts.",
        CheckName.SNIPPET: "Whether pages run the landing snippet.",
        CheckName.CLICK_ID: "Whether click ids arrive on the pages that links lead to.",
        CheckName.CONVERSION: "Whether anything is reported, by whatever means.",
        CheckName.TXN_ID: "Whether conversions name their order.",
        CheckName.CURRENCY: "Whether values come with a currency.",
    },
    name="TrackingCheckName",
)
publish_enum(
    CheckState,
    "How it stands with what is looked at.",
    {
        CheckState.OK: "It works.",
        CheckState.WARNING: "It works in part, or has not been seen for a week.",
        CheckState.MISSING: "It is not there.",
        CheckState.UNKNOWN: "Nobody can tell yet.",
    },
    name="TrackingCheckState",
)


@strawberry.type(description="One thing that has to be there for conversions to be credited.")
class TrackingCheck:
    name: CheckName = strawberry.field(description="What is looked at.")
    state: CheckState = strawberry.field(description="How it stands.")
    text: str = strawberry.field(description="The same in words, and what to do about it.")
    at: dt.datetime | None = strawberry.field(description="When it was seen last; null: never, or no such thing.")
    hosts: list[str] = strawberry.field(description="Of the pages it was seen on, the latest first, up to 10.")
    share: float | None = strawberry.field(
        description=f"From 0 to 1: how many of up to {LOOKED_AT:,} conversions of the last {LOOKED_BACK_DAYS} days have"
        " it; null where nothing is counted."
    )

    @classmethod
    def from_row(cls, row: checks.TrackingCheck) -> "TrackingCheck":
        return cls(name=row.name, state=row.state, text=row.text, at=row.at, hosts=list(row.hosts), share=row.share)


@strawberry.type(description="How conversions are reported from pages, and whether that works.")
class ConversionTracking:
    configured_since: dt.datetime | None = strawberry.field(
        description="Since when conversions can be counted: the first snippet key, postback secret, signing key or"
        " conversion. Before that, reports have null in their place, never 0."
    )
    keys: list[SnippetKey] = strawberry.field(description="Those that are live, the newest first.")
    snippet_origins: list[str] = strawberry.field(
        description="Whose pages may report with a key; none: any. A page in a sandbox names no origin and may, too."
    )
    landing_snippet: str | None = strawberry.field(
        description="HTML for the head of every page, with the newest key; null before there is a key and a domain."
    )
    confirmation_snippet: str | None = strawberry.field(
        description="HTML for the page that confirms an order, with an example to fill in; null like the other one."
    )
    snippet_version: str = strawberry.field(description="Of the scripts that the snippets load.")
    domain: strawberry.Private[SnippetDomain | None]

    @strawberry.field(description="What has to be there for conversions to be credited, looked at just now.")
    async def checks(self, info: Info) -> list[TrackingCheck]:
        installation = await read_installation(info.context.pool, info.context.account_id)
        found = check_tracking(self.domain, installation, has_key=bool(self.keys), now=utc_now())
        return [TrackingCheck.from_row(each) for each in found]


async def load_conversion_tracking(context: Context, account: models.Account) -> ConversionTracking:
    keys = await list_live_keys(context.pool, account.id)
    domain = await find_snippet_domain(context.pool, account.id)
    terms = None
    if domain and keys:
        days = max(1, account.attribution_window_s // DAY_S)
        terms = SnippetTerms(domain.host, domain.has_tls, context.settings.public_port, keys[0].key, days)
    return ConversionTracking(
        configured_since=account.conversions_since,
        keys=[SnippetKey.from_row(key) for key in keys],
        snippet_origins=account.snippet_origins,
        landing_snippet=write_landing_snippet(terms) if terms else None,
        confirmation_snippet=write_confirmation_snippet(terms) if terms else None,
        snippet_version=SNIPPET_VERSION,
        domain=domain,
    )
