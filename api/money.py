"""Money in the graph: decimal major units beside whole minor units, always with the currency."""

from decimal import Decimal

import strawberry

from api.scalars import BigInt, CurrencyCode
from tracking.money import Money as Amount


@strawberry.type(description="An amount of money.")
class Money:
    amount: Decimal = strawberry.field(description="In major units, with all digits of the currency, such as 12.50.")
    amount_minor: BigInt = strawberry.field(description="The same in whole minor units, such as 1250 cents.")
    currency: CurrencyCode = strawberry.field(description="Of the amount.")

    @classmethod
    def from_minor(cls, minor: int | None, currency: str) -> "Money | None":
        """Null for what is not known."""
        return None if minor is None else cls.of(Amount(minor, currency))

    @classmethod
    def of(cls, amount: Amount) -> "Money":
        minor, currency = amount
        return cls(amount=amount.amount, amount_minor=BigInt(minor), currency=CurrencyCode(currency))
