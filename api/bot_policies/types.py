"""A bot policy: what is done about programs, and who set what of it."""

import datetime as dt
from collections.abc import Mapping

import strawberry

from api.bot_policies.loaders import make_layers_loader
from api.context import Context
from api.enums import publish_enum
from api.reasons import Reason
from tracking.bots.policies import rules
from tracking.bots.policies.queries import PolicyTarget
from tracking.bots.policies.rules import WEIGHABLE, BotMode, Policy, PolicyScope
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS

publish_enum(
    BotMode,
    "What is done about programs. Every click is kept and stands in its column in each of them.",
    {
        BotMode.OFF: "Everything counts, programs too, but for previews, prefetches and tests.",
        BotMode.LABEL: "People count, and suspects where the policy says so.",
        BotMode.CONFIRM: "A page asks visitors to continue; whoever was asked counts once somebody does.",
    },
)
publish_enum(
    PolicyScope,
    "Where something is set. The narrowest scope that sets it decides.",
    {
        PolicyScope.DEFAULT: "Nowhere: it is as it is for accounts that set nothing.",
        PolicyScope.ACCOUNT: "For the account.",
        PolicyScope.CAMPAIGN: "For the campaign.",
        PolicyScope.LINK: "For the link.",
    },
    name="BotPolicyScope",
)


@strawberry.type(description="How many points a reason gives towards a bot.")
class BotReasonWeight:
    reason: Reason = strawberry.field(description="What spoke for a verdict. Those that decide alone have no weight.")
    points: int = strawberry.field(description="Less than nothing for what speaks for a person; 0 silences a reason.")
    default_points: int = strawberry.field(description="As the ruleset weighs it.")
    set_by: PolicyScope = strawberry.field(description="Who set the points.")


@strawberry.type(
    description="Clicks by where they come from and what they say they are. One entry that fits is enough."
)
class BotLists:
    networks: list[str] = strawberry.field(description="CIDR, at most /24 or /48: no more of an address is stored.")
    user_agent_patterns: list[str] = strawberry.field(description="RE2, found anywhere in the user agent.")
    countries: list[str] = strawberry.field(description="ISO 3166, two letters; they need a file of countries.")

    @classmethod
    def from_lists(cls, lists: rules.Lists) -> "BotLists":
        return cls(
            networks=list(lists.networks),
            user_agent_patterns=list(lists.user_agent_patterns),
            countries=list(lists.countries),
        )


@strawberry.type(description="Which scope set each field. Weights say so of themselves.")
class BotPolicySources:
    mode: PolicyScope = strawberry.field(description="Of `mode`.")
    counts_public_suspects: PolicyScope = strawberry.field(description="Of `countsPublicSuspects`.")
    counts_contact_suspects: PolicyScope = strawberry.field(description="Of `countsContactSuspects`.")
    bot_score: PolicyScope = strawberry.field(description="Of `botScore`.")
    suspect_score: PolicyScope = strawberry.field(description="Of `suspectScore`.")
    allow: PolicyScope = strawberry.field(description="Of `allow`.")
    deny: PolicyScope = strawberry.field(description="Of `deny`.")
    burst_s: PolicyScope = strawberry.field(description="Of `burstS`.")
    soon_after_delivery_s: PolicyScope = strawberry.field(description="Of `soonAfterDeliveryS`.")
    velocity_bot_clicks: PolicyScope = strawberry.field(description="Of `velocityBotClicks`.")
    velocity_suspect_clicks: PolicyScope = strawberry.field(description="Of `velocitySuspectClicks`.")

    @classmethod
    def from_sources(cls, sources: Mapping[str, PolicyScope]) -> "BotPolicySources":
        return cls(
            **{
                name: sources.get(name, PolicyScope.DEFAULT)
                for name in rules.Overrides.__struct_fields__
                if name != "weights"
            }
        )


@strawberry.type(
    description="What is done about programs, as it was set last. Verdicts of clicks that are stored stay; what is set "
    "holds for clicks from `effectiveAt` on."
)
class BotPolicy:
    mode: BotMode = strawberry.field(description="What is done about programs.")
    counts_public_suspects: bool = strawberry.field(description="Whether suspects count on links that are shared.")
    counts_contact_suspects: bool = strawberry.field(description="Whether suspects count on links made for a contact.")
    weights: list[BotReasonWeight] = strawberry.field(description="Of every reason that can be weighed.")
    bot_score: int = strawberry.field(description="From how many points on a click is a bot's.")
    suspect_score: int = strawberry.field(description="From how many points on a click is suspect.")
    allow: BotLists = strawberry.field(description="People, whatever is suspicious about them. It wins over `deny`.")
    deny: BotLists = strawberry.field(description="Bots, whatever else is known of them.")
    burst_s: float = strawberry.field(description="Links of one message that one contact opens within it are a scan.")
    soon_after_delivery_s: float | None = strawberry.field(
        description="A click that comes sooner after the delivery is suspicious; null: as is usual for its channel."
    )
    velocity_bot_clicks: int = strawberry.field(
        description="So many clicks a minute on a link by one user agent of one network are a bot's."
    )
    velocity_suspect_clicks: int = strawberry.field(description="So many are suspect.")
    sources: BotPolicySources = strawberry.field(description="Which scope set each field.")
    effective_at: dt.datetime | None = strawberry.field(
        description="From when on clicks are judged by all of it, a moment after it was set; null: nothing ever was."
    )
    ruleset: int = strawberry.field(description="The version of the rules that the weights are of.")


async def load_bot_policy(context: Context, target: PolicyTarget) -> BotPolicy:
    layers = await context.loader(make_layers_loader).load(target)
    policy = rules.merge(layer.overrides for layer in layers)
    sources = rules.find_sources(layers)
    return BotPolicy(
        mode=policy.mode,
        counts_public_suspects=policy.counts_public_suspects,
        counts_contact_suspects=policy.counts_contact_suspects,
        weights=_list_weights(policy, sources),
        bot_score=policy.bot_score,
        suspect_score=policy.suspect_score,
        allow=BotLists.from_lists(policy.allow),
        deny=BotLists.from_lists(policy.deny),
        burst_s=policy.burst_s,
        soon_after_delivery_s=policy.soon_after_delivery_s,
        velocity_bot_clicks=policy.velocity_bot_clicks,
        velocity_suspect_clicks=policy.velocity_suspect_clicks,
        sources=BotPolicySources.from_sources(sources),
        effective_at=max((layer.effective_at for layer in layers), default=None),
        ruleset=CURRENT_RULESET,
    )


def _list_weights(policy: Policy, sources: Mapping[str, PolicyScope]) -> list[BotReasonWeight]:
    usual, own = RULESETS[CURRENT_RULESET].weights, dict(policy.weights)
    return [
        BotReasonWeight(
            reason=reason,
            points=own.get(reason, usual[reason]),
            default_points=usual[reason],
            set_by=sources.get(str(reason.name), PolicyScope.DEFAULT),
        )
        for reason in sorted(WEIGHABLE)
    ]
