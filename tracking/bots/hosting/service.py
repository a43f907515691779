"""Use cases of accounts' own lists of hosting networks. Each owns its transaction; workers look for changes."""

import asyncio
from typing import Final

from tortoise.transactions import in_transaction

from tracking.accounts.models import Account
from tracking.bots.hosting.formats import InvalidListError, NetworkList, read_networks
from tracking.bots.hosting.models import HostingList
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.service import Noted, record_history
from tracking.text import check_text

MAX_CONTENT_BYTES: Final = 900_000
# Every worker that ingests has all of them in memory.
MAX_LISTS: Final = 50
MAX_NETWORKS: Final = 50_000

_LOCK_NAME: Final = """
    SELECT id FROM hosting_list WHERE account_id = $1 AND lower(name) = lower($2) AND archived_at IS NULL FOR UPDATE
"""


async def put_hosting_list(account_id: int, name: str, content: str) -> HostingList:
    """The networks of one provider, in place of those that are in use under this name in any case.

    Networks that are in use already stay as they are. Raises InvalidInputError; a list is taken whole or not at all.
    """
    name = check_text(name, "name", max_chars=100)
    found = await asyncio.to_thread(_read, content)
    networks = "\n".join(map(str, found.networks))
    async with in_transaction() as connection:
        # One at a time in an account, so that two do not add up to more than is allowed.
        await Account.select_for_update(no_key=True).get(id=account_id)
        same_name = await connection.execute_query_dict(_LOCK_NAME, [account_id, name])
        replaced = await HostingList.get(id=same_name[0]["id"]) if same_name else None
        if replaced is not None and (replaced.name, replaced.networks) == (name, networks):
            return replaced
        in_use = await HostingList.filter(account_id=account_id, archived_at=None).only("id", "network_count")
        _check_room(in_use, replaced, len(found.networks))
        if replaced is not None:
            await _archive(replaced)
        made = await HostingList.create(
            account_id=account_id, name=name, networks=networks, network_count=len(found.networks)
        )
        noted = [Noted("HostingList", made.id, "CREATED", after={"name": name, "networkCount": made.network_count})]
        if replaced is not None:
            noted.append(Noted("HostingList", replaced.id, "ARCHIVED"))
        await record_history(connection, account_id, noted)
    return made


async def archive_hosting_list(account_id: int, list_id: int) -> HostingList:
    """Clicks from now on are not compared with it. Archiving again changes nothing."""
    async with in_transaction() as connection:
        found = await HostingList.select_for_update().get_or_none(id=list_id, account_id=account_id)
        if found is None:
            raise NotFoundError("no such hosting list", ("id",))
        if found.archived_at is None:
            await _archive(found)
            await record_history(connection, account_id, [Noted("HostingList", found.id, "ARCHIVED")])
    return found


async def _archive(row: HostingList) -> None:
    """Its networks go: a list that is put anew every day would leave the most of what an account has stored."""
    row.archived_at, row.networks = utc_now(), ""
    await row.save(update_fields=["archived_at", "networks"])


def _read(content: str) -> NetworkList:
    raw = content.encode("utf-8", "replace")
    if len(raw) > MAX_CONTENT_BYTES:
        message = f"content has {len(raw):,} bytes: give at most {MAX_CONTENT_BYTES:,}, or two lists"
        raise InvalidInputError(message, ("content",))
    try:
        return read_networks(raw)
    except InvalidListError as error:
        raise InvalidInputError(f"content is no list of networks: {error}", ("content",)) from None


def _check_room(in_use: list[HostingList], replaced: HostingList | None, network_count: int) -> None:
    others = [each for each in in_use if replaced is None or each.id != replaced.id]
    if len(others) >= MAX_LISTS:
        raise InvalidInputError(f"the account has {len(others)} lists: archive one of them first", ("name",))
    total = sum(each.network_count for each in others) + network_count
    if total > MAX_NETWORKS:
        message = f"with these the account's lists have {total:,} networks: keep to {MAX_NETWORKS:,} in all"
        raise InvalidInputError(message, ("content",))
