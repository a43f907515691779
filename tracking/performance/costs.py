"""What a creator's fee brought: per click or conversion, and back as net value. Pure; currencies are never mixed."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from tracking.campaigns.deals import Deal
from tracking.money import Money


def find_cost_per(deal: Deal | None, count: int | None) -> Money | None:
    """The flat fee by a count, halves of a minor unit to the even one; None without a fee or with nothing counted."""
    if deal is None or deal.flat_fee_minor is None or not count or count < 0:
        return None
    cost = (Decimal(deal.flat_fee_minor) / count).quantize(Decimal(1), ROUND_HALF_EVEN)
    return Money(int(cost), deal.currency)


def find_return_on_fee(deal: Deal | None, net: Sequence[Money]) -> float | None:
    """Net value per flat fee; None without a fee, and where anything was earned in another currency."""
    if deal is None or not deal.flat_fee_minor or any(amount.currency != deal.currency for amount in net):
        return None
    return sum(amount.amount_minor for amount in net) / deal.flat_fee_minor
