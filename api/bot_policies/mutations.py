"""The mutation of bot policies, for accounts, campaigns and links alike."""

from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.bot_policies.types import BotPolicy, load_bot_policy
from api.context import Info
from api.errors import Archived, InvalidInput, NotFound
from api.ids import read_optional_id
from api.links.loaders import make_link_loader
from api.permissions import IsAdmin
from api.reasons import Reason
from tracking.bots.policies.checking import (
    MAX_BURST_S,
    MAX_NETWORKS,
    MAX_PATTERN_CHARS,
    MAX_PATTERNS,
    MAX_POINTS,
    MAX_SCORE,
    MAX_SOON_S,
    MAX_VELOCITY_CLICKS,
    MIN_BURST_S,
    MIN_VELOCITY_CLICKS,
)
from tracking.bots.policies.queries import PolicyTarget
from tracking.bots.policies.rules import BotMode, Lists, Overrides
from tracking.bots.policies.service import update_bot_policy

_PAIR: Final = "Set together with `{}`, or left together to the wider scope."
_CLICKS: Final = f"{MIN_VELOCITY_CLICKS} to {MAX_VELOCITY_CLICKS}. "


@strawberry.input(description="How many points a reason gives.")
class BotReasonWeightInput:
    reason: Reason = strawberry.field(description="One that does not decide alone.")
    points: int = strawberry.field(
        description=f"0 to {MAX_POINTS} for what speaks for a program, -{MAX_POINTS} to 0 for what speaks for a person."
    )


@strawberry.input(
    description="Clicks by where they come from and what they say they are. One entry that fits is enough."
)
class BotListsInput:
    networks: list[str] = strawberry.field(
        default_factory=list,
        description=f"CIDR, at most /24 of IPv4 or /48 of IPv6: no more is stored. At most {MAX_NETWORKS}.",
    )
    user_agent_patterns: list[str] = strawberry.field(
        default_factory=list,
        description=f"RE2, found anywhere in the user agent, case matters unless it begins with `(?i)`. At most "
        f"{MAX_PATTERNS}, of 1 to {MAX_PATTERN_CHARS} characters.",
    )
    countries: list[str] = strawberry.field(default_factory=list, description="ISO 3166, two letters.")

    def read(self) -> Lists:
        return Lists(tuple(self.networks), tuple(self.user_agent_patterns), tuple(self.countries))


@strawberry.input(
    description="What to set, of a campaign, of a link, or with neither of the account. What is left out stays; null "
    "leaves a field to the next wider scope: a link's to its campaign, a campaign's to the account."
)
class UpdateBotPolicyInput:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of the campaign.")
    link_id: strawberry.ID | None = strawberry.field(default=None, description="Of the link.")
    mode: strawberry.Maybe[BotMode | None] = strawberry.field(default=None, description="What is done about programs.")
    counts_public_suspects: strawberry.Maybe[bool | None] = strawberry.field(
        default=None, description="Whether suspects count on links that are shared."
    )
    counts_contact_suspects: strawberry.Maybe[bool | None] = strawberry.field(
        default=None, description="Whether suspects count on links made for a contact."
    )
    weights: strawberry.Maybe[list[BotReasonWeightInput] | None] = strawberry.field(
        default=None, description="All that this scope weighs otherwise; other reasons weigh as in the wider scope."
    )
    bot_score: strawberry.Maybe[int | None] = strawberry.field(
        default=None, description=f"Up to {MAX_SCORE}, more than `suspectScore`. {_PAIR.format('suspectScore')}"
    )
    suspect_score: strawberry.Maybe[int | None] = strawberry.field(
        default=None, description=f"At least 1. {_PAIR.format('botScore')}"
    )
    allow: strawberry.Maybe[BotListsInput | None] = strawberry.field(
        default=None, description="All that it allows, in place of what wider scopes do."
    )
    deny: strawberry.Maybe[BotListsInput | None] = strawberry.field(
        default=None, description="All that it denies, in place of what wider scopes do."
    )
    burst_s: strawberry.Maybe[float | None] = strawberry.field(
        default=None, description=f"{MIN_BURST_S:g} to {MAX_BURST_S:g}."
    )
    soon_after_delivery_s: strawberry.Maybe[float | None] = strawberry.field(
        default=None, description=f"0, for never, to {MAX_SOON_S:g}."
    )
    velocity_bot_clicks: strawberry.Maybe[int | None] = strawberry.field(
        default=None, description=_CLICKS + _PAIR.format("velocitySuspectClicks")
    )
    velocity_suspect_clicks: strawberry.Maybe[int | None] = strawberry.field(
        default=None, description=_CLICKS + _PAIR.format("velocityBotClicks")
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in Overrides.__struct_fields__}
        return {name: _read(each.value) for name, each in given.items() if each is not None}


def _read(value: Any) -> Any:
    if isinstance(value, BotListsInput):
        return value.read()
    if isinstance(value, list):
        return [(each.reason, each.points) for each in value]
    return value


@strawberry.type(description="The policy is set. It holds for clicks from its `effectiveAt` on, and for none before.")
class UpdateBotPolicySuccess:
    bot_policy: BotPolicy = strawberry.field(description="As it is now, with what wider scopes set.")


UpdateBotPolicyResult: TypeAlias = Annotated[
    UpdateBotPolicySuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateBotPolicyResult", description="How it went."),
]


@strawberry.type
class BotPolicyMutation:
    @strawberry.mutation(
        description="Set what is done about programs. Clicks that are stored stay as they are judged.",
        permission_classes=[IsAdmin],
    )
    async def update_bot_policy(
        self, info: Info, given: Annotated[UpdateBotPolicyInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdateBotPolicyResult:
        campaign_id = read_optional_id(given.campaign_id, "Campaign")
        link_id = read_optional_id(given.link_id, "Link")
        changes = given.read_changes()
        await update_bot_policy(info.context.account_id, changes, campaign_id=campaign_id, link_id=link_id)
        await tell_redirectors(info.context)
        if link_id is not None:
            link = await info.context.loader(make_link_loader).load(link_id)
            campaign_id = link.campaign_id if link else None
        target = PolicyTarget(campaign_id, link_id)
        return UpdateBotPolicySuccess(bot_policy=await load_bot_policy(info.context, target))
