"""What was agreed with a creator for a campaign (CU3)."""

from decimal import Decimal

import strawberry

from api.money import Money
from api.scalars import CurrencyCode
from tracking.campaigns.deals import Deal as DealRow
from tracking.campaigns.deals import write_rate


@strawberry.type(description="What was agreed with a creator for a campaign. What is null was not agreed.")
class Deal:
    currency: CurrencyCode = strawberry.field(description="Of all its amounts.")
    flat_fee: Money | None = strawberry.field(description="Paid whatever comes of it.")
    gift_value: Money | None = strawberry.field(description="What a gifted product is worth.")
    commission_rate: Decimal | None = strawberry.field(description="The creator's part of revenue, from 0 to 1.")
    commission_per_conversion: Money | None = strawberry.field(description="Paid for each conversion.")

    @classmethod
    def from_row(cls, row: DealRow) -> "Deal":
        rate = write_rate(row.commission_rate)
        return cls(
            currency=CurrencyCode(row.currency),
            flat_fee=Money.from_minor(row.flat_fee_minor, row.currency),
            gift_value=Money.from_minor(row.gift_value_minor, row.currency),
            commission_rate=None if rate is None else Decimal(rate),
            commission_per_conversion=Money.from_minor(row.commission_minor, row.currency),
        )
