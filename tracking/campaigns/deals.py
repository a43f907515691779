"""What was agreed with a creator for a campaign (CU3): fee, gift and commission, in one currency."""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from tortoise.transactions import in_transaction

from tracking.accounts.models import Account
from tracking.campaigns.models import CampaignCreator
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history
from tracking.money import check_currency_code, to_minor, write_amount

RATE_DIGITS: Final = 6


class NewDeal(NamedTuple):
    """Amounts in major units. The currency is the account's when it is None. What is None was not agreed."""

    currency: str | None = None
    flat_fee: Decimal | None = None
    gift_value: Decimal | None = None
    commission_rate: Decimal | None = None
    commission_per_conversion: Decimal | None = None


class Deal(NamedTuple):
    """As it is stored: amounts in minor units, the rate a fraction of revenue."""

    currency: str
    flat_fee_minor: int | None = None
    gift_value_minor: int | None = None
    commission_rate: Decimal | None = None
    commission_minor: int | None = None


def check_deal(given: NewDeal, account_currency: str) -> Deal:
    """Raises InvalidInputError. Pure."""
    currency = check_currency_code(given.currency or account_currency)
    deal = Deal(
        currency=currency,
        flat_fee_minor=_read(given.flat_fee, currency, "flatFee"),
        gift_value_minor=_read(given.gift_value, currency, "giftValue"),
        commission_rate=None if given.commission_rate is None else _check_rate(given.commission_rate),
        commission_minor=_read(given.commission_per_conversion, currency, "commissionPerConversion"),
    )
    if all(value is None for value in deal[1:]):
        raise InvalidInputError("a deal has a fee, a gift or a commission; null takes the deal away")
    return deal


async def set_deal(account_id: int, campaign_creator_id: int, given: NewDeal | None) -> CampaignCreator:
    """The whole deal anew; None takes it away. Raises NotFoundError or InvalidInputError."""
    async with in_transaction() as connection:
        row = await CampaignCreator.select_for_update().get_or_none(id=campaign_creator_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such creator in a campaign", ("campaignCreatorId",))
        deal = await _check(account_id, given)
        before = describe_deal(read_deal(row))
        row.deal_currency = deal.currency if deal else None
        row.flat_fee_minor = deal.flat_fee_minor if deal else None
        row.gift_value_minor = deal.gift_value_minor if deal else None
        row.commission_rate = deal.commission_rate if deal else None
        row.commission_minor = deal.commission_minor if deal else None
        await row.save()
        was, became = find_difference(before, describe_deal(deal))
        if became:
            action = "DEAL_SET" if deal else "DEAL_CLEARED"
            await record_history(connection, account_id, [Noted("CampaignCreator", row.id, action, was, became)])
    return row


def read_deal(row: CampaignCreator) -> Deal | None:
    if row.deal_currency is None:
        return None
    return Deal(row.deal_currency, row.flat_fee_minor, row.gift_value_minor, row.commission_rate, row.commission_minor)


def describe_deal(deal: Deal | None) -> dict[str, Any]:
    """As history tells it: major units, by the names of the graph."""
    if deal is None:
        return dict.fromkeys(("currency", "flatFee", "giftValue", "commissionRate", "commissionPerConversion"))
    return {
        "currency": deal.currency,
        "flatFee": _write(deal.flat_fee_minor, deal.currency),
        "giftValue": _write(deal.gift_value_minor, deal.currency),
        "commissionRate": write_rate(deal.commission_rate),
        "commissionPerConversion": _write(deal.commission_minor, deal.currency),
    }


def write_rate(rate: Decimal | None) -> str | None:
    """Without the zeros that the database adds."""
    return None if rate is None else f"{rate.normalize():f}"


async def _check(account_id: int, given: NewDeal | None) -> Deal | None:
    try:
        return check_deal(given, (await Account.get(id=account_id)).currency) if given else None
    except InvalidInputError as error:
        raise error.under("deal") from None


def _read(amount: Decimal | None, currency: str, path: str) -> int | None:
    return None if amount is None else to_minor(amount, currency, path)


def _write(minor: int | None, currency: str) -> str | None:
    return None if minor is None else str(write_amount(minor, currency))


def _check_rate(rate: Decimal) -> Decimal:
    exponent = rate.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > RATE_DIGITS or not 0 <= rate <= 1:
        message = f"a commission rate is a fraction of revenue from 0 to 1 with at most {RATE_DIGITS} decimal digits"
        raise InvalidInputError(message, ("commissionRate",))
    return rate
