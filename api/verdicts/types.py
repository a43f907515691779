"""Who clicked, as a click was judged: now, and before it was judged anew."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.clicks.loaders import make_policies_loader
from api.context import Info
from api.enums import publish_enum
from api.reasons import Reason
from tracking.bots.rulesets import RULESETS
from tracking.bots.verdicts import TrafficClass, Verdict
from tracking.clicks.explanations import REASON_WORDS
from tracking.clicks.queries import StoredClick
from tracking.clicks.reclassifications import Judged, Reclassification
from tracking.clicks.relabel import Cause

if TYPE_CHECKING:
    from api.corrections.types import Correction

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
    Cause,
    "Why a click was judged anew.",
    {
        Cause.BEHAVIOUR: "Other clicks beside it gave it, or them, away.",
        Cause.CONFIRMATION: "Somebody continued past the page that asks to.",
        Cause.RESCORE: "Clicks were judged again by a ruleset and a policy: `rescoreClicks`.",
        Cause.RECLASSIFY: "A person set the verdict: `reclassifyClicks`.",
        Cause.UNDO: "A person's verdict was taken back.",
        Cause.CONVERSION: "It led to a conversion that was verified.",
    },
    name="ReclassificationCause",
)


@strawberry.type(description="One thing that spoke for a verdict, or against it.")
class ClickReason:
    code: Reason = strawberry.field(description="Which one.")
    text: str = strawberry.field(description="In words, to go on from: of this click ...")
    row: strawberry.Private[StoredClick]

    @strawberry.field(
        description="Its points for a program, below 0 for a person, under the ruleset and the policy that judged; 0 "
        "where it decides without points. Null for a ruleset that is newer than this version. They need not add up to"
        " `score`: what speaks for a person takes away no more than there is that is suspicious."
    )
    async def weight(self, info: Info) -> int | None:
        row, ruleset = self.row, RULESETS.get(self.row.ruleset)
        if ruleset is None:
            return None
        policies = await info.context.loader(make_policies_loader).load(row.link_id)
        policy = policies.find(info.context.account_id, row.campaign_id, row.link_id, row.policy_at or row.occurred_at)
        return policy.adjust(ruleset).weights.get(self.code, 0)


@strawberry.type(description="What the rules, or a person, made of a request.")
class ClickVerdict:
    verdict: Verdict = strawberry.field(description="Person, perhaps, or program.")
    traffic_class: TrafficClass = strawberry.field(name="class", description="What kind of program.")
    score: int = strawberry.field(description="Points for a program, from which the verdict follows.")
    reasons: list[ClickReason] = strawberry.field(description="All that spoke for it or against it.")
    ruleset: int = strawberry.field(description="The version of the rules; the same rules judge the same for ever.")

    @classmethod
    def from_row(cls, row: StoredClick) -> "ClickVerdict":
        return cls(
            verdict=row.verdict,
            traffic_class=row.traffic_class,
            score=row.score,
            reasons=[ClickReason(code=reason, text=REASON_WORDS[reason], row=row) for reason in row.reasons],
            ruleset=row.ruleset,
        )


@strawberry.type(description="How a click was judged at some time.")
class ClickJudgement:
    verdict: Verdict = strawberry.field(description="Person, perhaps, or program.")
    traffic_class: TrafficClass = strawberry.field(name="class", description="What kind of program.")
    score: int = strawberry.field(description="Points for a program.")
    reasons: list[Reason] = strawberry.field(description="All that spoke for it or against it.")
    ruleset: int = strawberry.field(description="The version of the rules.")
    is_counted: bool = strawberry.field(description="Whether it counted by the policy.")

    @classmethod
    def from_judged(cls, judged: Judged) -> "ClickJudgement":
        return cls(**judged._asdict())


@strawberry.type(description="A click was judged otherwise than before.")
class ClickReclassification:
    at: dt.datetime = strawberry.field(description="When.")
    cause: Cause = strawberry.field(description="Why.")
    before: ClickJudgement = strawberry.field(description="What it was until then.")
    after: ClickJudgement = strawberry.field(description="What it was from then on.")
    row: strawberry.Private[Reclassification]

    @classmethod
    def from_row(cls, row: Reclassification) -> "ClickReclassification":
        return cls(
            at=row.at,
            cause=row.cause,
            before=ClickJudgement.from_judged(row.before),
            after=ClickJudgement.from_judged(row.after),
            row=row,
        )

    @strawberry.field(description="What somebody asked for that did so; null for what the rules found by themselves.")
    async def correction(self, info: Info) -> Annotated["Correction", strawberry.lazy("api.corrections.types")] | None:
        from api.corrections.types import load_correction  # noqa: PLC0415 -- corrections are about clicks, and so on

        return await load_correction(info.context, self.row.correction_id)
