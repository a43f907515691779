import asyncio

import asyncpg
import pytest

from tests.brand import make_brand
from tracking.accounts.models import Role, User
from tracking.accounts.rules import NewUser
from tracking.accounts.users import UserOutcome, archive_user, create_users, update_user
from tracking.errors import ArchivedError, IdempotencyConflictError, InvalidInputError, NotFoundError, TakenError
from tracking.history.models import HistoryEntry

ANN = NewUser("Ann", "emp-1", Role.ADMIN)
BEN = NewUser("Ben", "emp-2", Role.EDITOR)


def describe(outcomes: list[UserOutcome]) -> list[tuple[type, tuple[str, ...]] | None]:
    return [None if each.error is None else (type(each.error), each.error.path) for each in outcomes]


async def read_users(pool: asyncpg.Pool) -> list[tuple[str, str | None, str]]:
    rows = await pool.fetch("SELECT name, external_id, role FROM user_of_account ORDER BY id")
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("orm")
class TestCreating:
    @pytest.mark.feature("IM6")
    async def test_people_have_a_name_an_id_of_the_brand_and_a_role(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()

        outcomes = await create_users(account.id, [ANN, NewUser(" Cy "), BEN])

        assert describe(outcomes) == [None, None, None]
        assert await read_users(pool) == [("Ann", "emp-1", "ADMIN"), ("Cy", None, "VIEWER"), ("Ben", "emp-2", "EDITOR")]

    async def test_one_that_cannot_be_does_not_hold_up_the_others(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        await create_users(account.id, [ANN])

        outcomes = await create_users(account.id, [NewUser(""), ANN, BEN, BEN, NewUser("Cy", "")])

        assert describe(outcomes) == [
            (InvalidInputError, ("users", "0", "name")),
            (TakenError, ("users", "1", "externalId")),
            None,
            (TakenError, ("users", "3", "externalId")),
            (InvalidInputError, ("users", "4", "externalId")),
        ]
        assert await read_users(pool) == [("Ann", "emp-1", "ADMIN"), ("Ben", "emp-2", "EDITOR")]

    async def test_a_repeat_answers_as_the_first_call_and_adds_nobody(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()

        first = await create_users(account.id, [ANN, ANN], idempotency_key="k")
        again = await create_users(account.id, [ANN, ANN], idempotency_key="k")

        assert [each.user_id for each in again] == [each.user_id for each in first]
        assert describe(again) == describe(first)
        assert await pool.fetchval("SELECT count(*) FROM user_of_account") == 1
        with pytest.raises(IdempotencyConflictError):
            await create_users(account.id, [BEN], idempotency_key="k")

    async def test_parallel_calls_create_each_external_id_once(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        people = [NewUser(f"User {number}", f"emp-{number}") for number in range(50)]

        calls = await asyncio.gather(*(create_users(account.id, people[::step]) for step in (1, -1, 1, -1)))

        created = [each for outcomes in calls for each in outcomes if each.error is None]
        assert len(created) == 50
        assert await pool.fetchval("SELECT count(*) FROM user_of_account") == 50

    @pytest.mark.feature("R11")
    async def test_another_account_may_use_the_same_external_id(self) -> None:
        mine, theirs = await make_brand("mine"), await make_brand("theirs")
        await create_users(theirs.id, [ANN])

        assert describe(await create_users(mine.id, [ANN])) == [None]

    @pytest.mark.parametrize("count", [0, 1_001])
    async def test_a_call_has_1_to_1000(self, count: int) -> None:
        with pytest.raises(InvalidInputError):
            await create_users((await make_brand()).id, [ANN] * count)


@pytest.mark.usefixtures("orm")
class TestChanging:
    @pytest.fixture
    async def ann(self) -> User:
        account = await make_brand()
        [outcome] = await create_users(account.id, [ANN])
        return await User.get(id=outcome.user_id)

    async def test_a_role_changes_and_history_has_both(self, ann: User) -> None:
        await update_user(ann.account_id, ann.id, {"role": Role.VIEWER})

        created, changed = await HistoryEntry.filter(subject_type="User", subject_id=ann.id).order_by("id")
        assert (created.action, created.after) == (
            "CREATED",
            {"name": "Ann", "externalId": "emp-1", "role": "ADMIN"},
        )
        assert (changed.action, changed.before, changed.after) == ("UPDATED", {"role": "ADMIN"}, {"role": "VIEWER"})

    async def test_archiving_is_done_once_and_ends_changes(self, ann: User) -> None:
        first = await archive_user(ann.account_id, ann.id)
        again = await archive_user(ann.account_id, ann.id)

        assert first.archived_at is not None
        assert again.archived_at == first.archived_at
        assert await HistoryEntry.filter(action="ARCHIVED").count() == 1
        with pytest.raises(ArchivedError):
            await update_user(ann.account_id, ann.id, {"name": "Anna"})

    async def test_an_archived_user_keeps_the_external_id(self, ann: User) -> None:
        await archive_user(ann.account_id, ann.id)

        assert describe(await create_users(ann.account_id, [ANN])) == [(TakenError, ("users", "0", "externalId"))]

    async def test_a_bad_name_changes_nothing(self, ann: User) -> None:
        with pytest.raises(InvalidInputError):
            await update_user(ann.account_id, ann.id, {"name": "", "role": Role.VIEWER})

        assert (await User.get(id=ann.id)).role is Role.ADMIN

    @pytest.mark.feature("R11")
    async def test_a_user_of_another_account_is_unknown(self, ann: User) -> None:
        other = await make_brand("other")

        with pytest.raises(NotFoundError):
            await update_user(other.id, ann.id, {"name": "Mine"})
        with pytest.raises(NotFoundError):
            await archive_user(other.id, ann.id)
        assert (await User.get(id=ann.id)).archived_at is None
