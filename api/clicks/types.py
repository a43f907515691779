"""A single click, and why it counts or not."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.clicks.loaders import make_click_loader
from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.nodes import Node
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.explanations import REASON_WORDS, explain
from tracking.clicks.filters import Counting
from tracking.clicks.queries import StoredClick

if TYPE_CHECKING:
    from api.links.types import Link

publish_enum(
    Counting,
    "What a click was counted as.",
    {
        Counting.UNIQUE: "The first counted click of its visitor on the link that day, or of a contact on a message.",
        Counting.REPEAT: "Counted, after the one that holds the unique.",
        Counting.SUSPECT: "It may be a program, and the account's policy does not count it.",
        Counting.BOT: "A program.",
        Counting.PREVIEW: "An app that shows a preview of the link.",
        Counting.PREFETCH: "A browser that fetched ahead.",
        Counting.TEST: "A test: on a test link, or by somebody who tries links out.",
    },
)
publish_enum(
    Verdict,
    "Who clicked, as far as the request tells.",
    {Verdict.HUMAN: "A person.", Verdict.SUSPECT: "Perhaps a person.", Verdict.BOT: "A program."},
)
publish_enum(
    TrafficClass,
    "What kind of program, where there was one.",
    {
        TrafficClass.NONE: "None, or of no known kind.",
        TrafficClass.PREFETCH: "A browser that fetched ahead.",
        TrafficClass.PREVIEW: "A preview of the link in an app.",
        TrafficClass.CRAWLER: "A search engine or another crawler.",
        TrafficClass.AI_AGENT: "A crawler or an agent of an AI service.",
        TrafficClass.LIBRARY: "An HTTP library or a command line.",
        TrafficClass.MONITOR: "A monitoring service.",
        TrafficClass.HEADLESS: "A browser without a screen.",
        TrafficClass.SCANNER: "A security scanner.",
        TrafficClass.VELOCITY: "More clicks than a person makes.",
        TrafficClass.INVALID: "A request that no browser makes.",
        TrafficClass.TEST: "A test: on a test link, or by somebody who tries links out.",
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
publish_enum(
    Reason,
    "What spoke for a verdict.",
    {reason: f"{words[0].upper()}{words[1:]}." for reason, words in REASON_WORDS.items()},
)


@strawberry.type(description="What the rules made of a request.")
class ClickVerdict:
    verdict: Verdict = strawberry.field(description="Person, perhaps, or program.")
    traffic_class: TrafficClass = strawberry.field(description="What kind of program.")
    reasons: list[Reason] = strawberry.field(description="All that spoke for it.")
    score: int = strawberry.field(description="Points for a program: SUSPECT from 50, BOT from 100.")
    ruleset: int = strawberry.field(description="The version of the rules; the same rules judge the same for ever.")


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
    counting: Counting = strawberry.field(description="What it was counted as.")
    explanation: str = strawberry.field(description="Why, in words.")
    verdict: ClickVerdict = strawberry.field(description="Who clicked, and what spoke for it.")
    visitor_method: VisitorMethod = strawberry.field(description="How its visitor was told apart from others.")
    device: ClickDevice = strawberry.field(description="What the user agent says of itself.")
    referrer_host: str | None = strawberry.field(description="The host that the request named as where it came from.")
    placement: str | None = strawberry.field(description="What stood after `~` in the address.")
    row: strawberry.Private[StoredClick]

    @classmethod
    def from_row(cls, row: StoredClick) -> "Click":
        return cls(
            id=encode_id("Click", row.id),
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            counting=row.counting,
            explanation=explain(row),
            verdict=ClickVerdict(
                verdict=row.verdict,
                traffic_class=row.traffic_class,
                reasons=row.reasons,
                score=row.score,
                ruleset=row.ruleset,
            ),
            visitor_method=row.visitor_method,
            device=ClickDevice(browser=row.browser, os=row.os, device=row.device, in_app_browser=row.in_app_browser),
            referrer_host=row.referrer_host,
            placement=row.placement,
            row=row,
        )

    @strawberry.field(description="The link that was followed.")
    async def link(self, info: Info) -> Annotated["Link", strawberry.lazy("api.links.types")]:
        from api.links.loaders import make_link_loader  # noqa: PLC0415 -- links have clicks, and clicks a link
        from api.links.types import Link  # noqa: PLC0415 -- goes with it

        row = await info.context.loader(make_link_loader).load(self.row.link_id)
        if row is None:
            raise LookupError("a click without link")
        return Link.from_row(row)

    @strawberry.field(description="The click that holds the unique which this one repeats; itself when it is unique.")
    async def unique_holder(self, info: Info) -> "Click | None":
        holder_id = self.row.unique_holder_id
        if holder_id is None or holder_id == self.row.id:
            return self if holder_id else None
        row = await info.context.loader(make_click_loader).load(holder_id)
        return Click.from_row(row) if row else None
