"""A single click, and why it counts or not."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.accounts.loaders import find_zone
from api.clicks.loaders import make_click_loader, make_reclassification_loader
from api.contacts.types import Contact, load_contact
from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.interstitials.loaders import make_continued_loader
from api.interstitials.types import ClickInterstitial
from api.nodes import Node
from api.offers.types import Offer, load_offer
from api.users.types import User, load_user
from api.verdicts.types import ClickReclassification, ClickVerdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.explanations import explain
from tracking.clicks.filters import Counting
from tracking.clicks.queries import StoredClick
from tracking.reports.buckets import find_buckets

if TYPE_CHECKING:
    from api.conversions.types import Conversion
    from api.links.types import Link
    from api.messages.types import Message

publish_enum(
    Counting,
    "What a click was counted as.",
    {
        Counting.UNIQUE: "The first counted click of its visitor on the link that day, or of a contact on a message.",
        Counting.REPEAT: "Counted, after the one that holds the unique.",
        Counting.SUSPECT: "It may be a program, and the policy does not count it.",
        Counting.BOT: "A program.",
        Counting.PREVIEW: "An app that shows a preview of the link.",
        Counting.PREFETCH: "A browser that fetched ahead.",
        Counting.TEST: "A test: on a test link, or by somebody who tries links out.",
    },
)
publish_enum(
    VisitorMethod,
    "How visitors are told apart.",
    {
        VisitorMethod.NONE: "Hardly: by a hash that only this moment's redirector can repeat.",
        VisitorMethod.HASH: "By a hash of the request, which means another one every day.",
        VisitorMethod.COOKIE: "By our cookie.",
        VisitorMethod.CONTACT: "By the contact that the link was made for.",
    },
)


@strawberry.type(description="What the user agent says of itself.")
class ClickDevice:
    browser: str | None = strawberry.field(description="Such as Chrome.")
    os: str | None = strawberry.field(description="Such as iOS.")
    device: str | None = strawberry.field(description="Such as iPhone.")
    in_app_browser: str | None = strawberry.field(description="The app whose browser this is, such as Instagram.")


@strawberry.type(description="One request of a link: every one is kept, counted or not.")
class Click(Node):
    occurred_at: dt.datetime = strawberry.field(description="When the redirector got the request.")
    recorded_at: dt.datetime = strawberry.field(description="When it was stored.")
    changed_at: dt.datetime | None = strawberry.field(
        description="When it last came to count or be judged otherwise; null: it never did."
    )
    counting: Counting = strawberry.field(description="What it was counted as.")
    explanation: str = strawberry.field(description="Why, in words.")
    verdict: ClickVerdict = strawberry.field(description="Who clicked, and what spoke for it.")
    visitor_method: VisitorMethod = strawberry.field(description="How its visitor was told apart from others.")
    device: ClickDevice = strawberry.field(description="What the user agent says of itself.")
    referrer_host: str | None = strawberry.field(description="The host that the request named as where it came from.")
    placement: str | None = strawberry.field(description="What stood after `~` in the address.")
    hosting_provider: str | None = strawberry.field(
        description="The hosting provider from whose network it came; null where no list names one."
    )
    country: str | None = strawberry.field(
        description="Where its network is, as ISO 3166 writes it, such as DE; null where no list of countries is."
    )
    row: strawberry.Private[StoredClick]

    @classmethod
    def from_row(cls, row: StoredClick) -> "Click":
        return cls(
            id=encode_id("Click", row.id),
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            changed_at=row.changed_at,
            counting=row.counting,
            explanation=explain(row),
            verdict=ClickVerdict.from_row(row),
            visitor_method=row.visitor_method,
            device=ClickDevice(browser=row.browser, os=row.os, device=row.device, in_app_browser=row.in_app_browser),
            referrer_host=row.referrer_host,
            placement=row.placement,
            hosting_provider=row.hosting_provider,
            country=row.country,
            row=row,
        )

    @strawberry.field(description="The calendar day of the account under which reports count it.")
    async def day(self, info: Info) -> dt.date:
        at_ms = round(self.row.occurred_at.timestamp() * 1000)
        return find_buckets(at_ms, await find_zone(info.context)).day

    @strawberry.field(description="The link that was followed.")
    async def link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")]:
        from api.links.loaders import make_link_loader  # noqa: PLC0415 -- links have clicks, and clicks a link
        from api.links.types import Link  # noqa: PLC0415 -- goes with it

        row = await info.context.loader(make_link_loader).load(self.row.link_id)
        if row is None:
            raise LookupError("a click without link")
        return Link.from_row(row)

    @strawberry.field(description="The message that its link was made for; null for others.")
    async def message(self, info: Info) -> Annotated["Message", strawberry.lazy("api.messages.types")] | None:
        from api.messages.types import load_message  # noqa: PLC0415 -- messages have links, links clicks, and so on

        return await load_message(info.context, self.row.message_id)

    @strawberry.field(
        description="Whom its link was made for. Null on a link that is shared: visitors are not guessed."
    )
    async def contact(self, info: Info) -> Contact | None:
        return await load_contact(info.context, self.row.contact_id)

    @strawberry.field(description="The user who is credited for it.")
    async def sharer(self, info: Info) -> User | None:
        return await load_user(info.context, self.row.sharer_id)

    @strawberry.field(description="What its link sells.")
    async def offer(self, info: Info) -> Offer | None:
        return await load_offer(info.context, self.row.offer_id)

    @strawberry.field(
        description="Each time it was judged otherwise than before, the first one first; of very many the last 100."
    )
    async def reclassifications(self, info: Info) -> list[ClickReclassification]:
        rows = await info.context.loader(make_reclassification_loader).load(self.row.id)
        return [ClickReclassification.from_row(row) for row in rows]

    @strawberry.field(
        description="The page of its offer that it was answered with; null: it was sent on at once, or asked to confirm"
        " on a page without texts of an offer."
    )
    async def interstitial(self, info: Info) -> ClickInterstitial | None:
        if not self.row.was_shown_interstitial:
            return None
        return ClickInterstitial(continued_at=await info.context.loader(make_continued_loader).load(self.row.id))

    @strawberry.field(description="The click that holds the unique which this one repeats; itself when it is unique.")
    async def unique_holder(self, info: Info) -> "Click | None":
        holder_id = self.row.unique_holder_id
        if holder_id is None or holder_id == self.row.id:
            return self if holder_id else None
        row = await info.context.loader(make_click_loader).load(holder_id)
        return Click.from_row(row) if row else None

    @strawberry.field(
        description="What it earned: conversions that are credited to it, approved or not, the first one first; of very"
        " many the first 100."
    )
    async def conversions(self, info: Info) -> list[Annotated["Conversion", strawberry.lazy("api.conversions.types")]]:
        from api.conversions.loaders import make_click_conversions_loader  # noqa: PLC0415 -- conversions have clicks
        from api.conversions.types import Conversion  # noqa: PLC0415 -- goes with it

        rows = await info.context.loader(make_click_conversions_loader).load(self.row.id)
        return [Conversion.from_row(row) for row in rows]
