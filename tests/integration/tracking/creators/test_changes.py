import asyncio
import json

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_creator
from tracking.changes.rules import ChangeKind
from tracking.creators.models import Creator
from tracking.creators.service import update_creator
from tracking.errors import InvalidInputError, NotFoundError, TakenError


async def test_only_what_is_named_changes_and_history_has_it(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    creator = await make_creator(account, "ada")

    await update_creator(account.id, creator.id, {"handle": "@Ada.L", "external_id": "m1"})
    await update_creator(account.id, creator.id, {"handle": "Ada.L"})

    stored = await Creator.get(id=creator.id)
    assert (stored.handle, stored.name, stored.external_id) == ("Ada.L", "", "m1")
    [row] = await pool.fetch("SELECT subject_type, subject_id, action, before, after FROM history_entry")
    assert tuple(row)[:3] == ("Creator", creator.id, "UPDATED")
    assert json.loads(row["before"]) == {"handle": "ada", "externalId": None}
    assert json.loads(row["after"]) == {"handle": "Ada.L", "externalId": "m1"}


@pytest.mark.feature("LO4")
async def test_redirectors_hear_of_another_external_id_and_of_nothing_else(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account = await make_brand()
    creator = await make_creator(account, "ada")

    await update_creator(account.id, creator.id, {"name": "Ada"})
    assert await pool.fetch("SELECT FROM change_log") == []
    await update_creator(account.id, creator.id, {"external_id": "m1"})

    [row] = await pool.fetch("SELECT kind, ref_id FROM change_log")
    assert tuple(row) == (ChangeKind.CREATOR, creator.id)


@pytest.mark.parametrize(("changes", "path"), [({"handle": "BOB"}, "handle"), ({"external_id": "m1"}, "externalId")])
async def test_what_another_creator_has_is_taken(
    orm: TortoiseContext, pool: asyncpg.Pool, changes: dict[str, str], path: str
) -> None:
    account = await make_brand()
    ada, bob = await make_creator(account, "ada"), await make_creator(account, "bob")
    await update_creator(account.id, bob.id, {"external_id": "m1"})

    with pytest.raises(TakenError) as refused:
        await update_creator(account.id, ada.id, changes)

    assert refused.value.path == (path,)
    stored = await Creator.get(id=ada.id)
    assert (stored.handle, stored.external_id) == ("ada", None)
    assert await pool.fetchval("SELECT count(*) FROM history_entry WHERE subject_id = $1", ada.id) == 0


async def test_of_two_who_want_the_same_handle_one_gets_it(orm: TortoiseContext) -> None:
    account = await make_brand()
    creators = [await make_creator(account) for _ in range(5)]

    answers = await asyncio.gather(
        *(update_creator(account.id, creator.id, {"handle": "ada"}) for creator in creators), return_exceptions=True
    )

    assert sum(isinstance(answer, Creator) for answer in answers) == 1
    assert sum(isinstance(answer, TakenError) for answer in answers) == 4
    assert await Creator.filter(handle="ada").count() == 1


async def test_a_bad_value_and_a_foreign_creator_change_nothing(orm: TortoiseContext) -> None:
    account, stranger = await make_brand(), await make_brand("stranger")
    creator = await make_creator(account, "ada")

    with pytest.raises(InvalidInputError):
        await update_creator(account.id, creator.id, {"handle": "a b"})
    with pytest.raises(NotFoundError):
        await update_creator(stranger.id, creator.id, {"handle": "evil"})

    assert (await Creator.get(id=creator.id)).handle == "ada"
