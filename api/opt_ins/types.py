"""What an opt-in link brought, and what contacts brought by passing their own links on (IM13)."""

import strawberry

from api.metrics.types import Metrics
from api.scalars import BigInt
from tracking.contacts.opt_ins import Referrals


@strawberry.type(
    description="Clicks by anybody on contacts' own SHARE links that lead where the opt-in link leads: one hop, as"
    " nobody knows who passed a link on further. `Contact.referralLinkClicks` tells them of one contact."
)
class ReferralClicks:
    total_clicks: BigInt = strawberry.field(description="Every request.")
    counted_clicks: BigInt = strawberry.field(description="What counts by the account's policy.")
    unique_clicks: BigInt = strawberry.field(description="The first of a visitor on a link in a day.")
    contacts: BigInt = strawberry.field(description="How many contacts' links had clicks that count.")

    @classmethod
    def from_referrals(cls, told: Referrals) -> "ReferralClicks":
        return cls(
            total_clicks=BigInt(told.total_clicks),
            counted_clicks=BigInt(told.counted_clicks),
            unique_clicks=BigInt(told.unique_clicks),
            contacts=BigInt(told.contacts),
        )


@strawberry.type(description="A campaign's opt-in link in a range. Direct and referred clicks have none in common.")
class OptIns:
    direct: Metrics = strawberry.field(
        description="Counts of the opt-in link itself, archived ones too; `impressions` are those of its picture."
    )
    referral: ReferralClicks = strawberry.field(description="What contacts brought by passing their own links on.")
