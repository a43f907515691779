"""Accounts by id, together."""

from zoneinfo import ZoneInfo

from strawberry.dataloader import DataLoader

from api.context import Context
from api.errors import refuse_input
from tracking.accounts.models import Account
from tracking.errors import InvalidInputError
from tracking.money import check_currency_code


def make_account_loader(context: Context) -> DataLoader[int, Account | None]:
    """Only ever the viewer's own account."""

    async def load(account_ids: list[int]) -> list[Account | None]:
        own = await Account.get_or_none(id=context.account_id)
        return [own if own is not None and account_id == own.id else None for account_id in account_ids]

    return DataLoader(load_fn=load)


async def find_zone(context: Context) -> ZoneInfo:
    """The time zone of the viewer's account, in which days and hours of reports begin."""
    account = await context.loader(make_account_loader).load(context.account_id)
    return ZoneInfo(account.timezone if account else "UTC")


async def find_currency(context: Context, given: str | None) -> str:
    """In which money is compared: in the one that is given, else in the account's."""
    if given is not None:
        try:
            return check_currency_code(given)
        except InvalidInputError as error:
            raise refuse_input(error.message) from error
    account = await context.loader(make_account_loader).load(context.account_id)
    return account.currency if account else ""
