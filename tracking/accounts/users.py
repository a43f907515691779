"""Use cases of the people of an account. Each owns its transaction."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.models import User
from tracking.accounts.rules import NewUser, check_user
from tracking.clock import utc_now
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, find_difference, record_history
from tracking.idempotency import run_once

MAX_USERS_A_CALL: Final = 1_000

# Sorted, so that parallel calls wait for each other but never in a circle. Of two with one external id the first wins.
_INSERT: Final = """
    WITH given AS (
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS given (id, name, external_id, role)
        ORDER BY external_id, id
    )
    INSERT INTO user_of_account (id, account_id, name, external_id, role, created_at)
    SELECT id, $1, name, external_id, role, now() FROM given
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_DRAW_IDS: Final = """
    SELECT nextval(pg_get_serial_sequence('user_of_account', 'id')) AS id FROM generate_series(1, $1)
"""


class UserOutcome(NamedTuple):
    """What became of one item of a bulk call: the user's id, or why there is none."""

    place: int
    user_id: int | None
    error: DomainError | None


async def create_users(
    account_id: int, users: Sequence[NewUser], *, idempotency_key: str | None = None
) -> list[UserOutcome]:
    """Create each user that can be; the others answer why not. A repeat with the same key creates nothing.

    Raises InvalidInputError for the call as a whole only: too many at once, or a bad key.
    """
    if not 1 <= len(users) <= MAX_USERS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_USERS_A_CALL} users in a call", ("users",))

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        return await _insert(connection, account_id, [_check(user) for user in users])

    ids = await run_once(account_id, "createUsers", idempotency_key, list(users), work)
    return [
        UserOutcome(place, user_id or None, None if user_id else _explain(users[place], place))
        for place, user_id in enumerate(ids)
    ]


async def update_user(account_id: int, user_id: int, changes: dict[str, Any]) -> User:
    """Change `name` or `role`; sessions follow at once. Raises NotFound-, Archived-, InvalidInputError."""
    async with in_transaction() as connection:
        user = await _lock(connection, account_id, user_id)
        if user.archived_at is not None:
            raise ArchivedError("this user is archived", ("id",))
        before = NewUser(user.name, user.external_id, user.role)
        after = check_user(before._replace(**changes))
        user.name, user.role = after.name, after.role
        await user.save(using_db=connection, update_fields=["name", "role"])
        was, became = find_difference(_name_fields(before), _name_fields(after))
        if became:
            await record_history(connection, account_id, [Noted("User", user_id, "UPDATED", was, became)])
    return user


async def archive_user(account_id: int, user_id: int) -> User:
    """No session of the user opens anything from now on; links keep their sharer. Again changes nothing."""
    async with in_transaction() as connection:
        user = await _lock(connection, account_id, user_id)
        if user.archived_at is None:
            user.archived_at = utc_now()
            await user.save(using_db=connection, update_fields=["archived_at"])
            await record_history(connection, account_id, [Noted("User", user_id, "ARCHIVED")])
    return user


async def _lock(connection: BaseDBAsyncClient, account_id: int, user_id: int) -> User:
    user = await User.select_for_update().using_db(connection).get_or_none(id=user_id, account_id=account_id)
    if user is None:
        raise NotFoundError("no such user", ("id",))
    return user


def _check(user: NewUser) -> NewUser | None:
    try:
        return check_user(user)
    except DomainError:
        return None


async def _insert(connection: BaseDBAsyncClient, account_id: int, users: Sequence[NewUser | None]) -> list[int]:
    """The id of each user, 0 for one that cannot be had."""
    drawn = [row["id"] for row in await connection.execute_query_dict(_DRAW_IDS, [len(users)])]
    good = [(user_id, user) for user_id, user in zip(drawn, users, strict=True) if user is not None]
    columns = (
        [user_id for user_id, _ in good],
        [user.name for _, user in good],
        [user.external_id for _, user in good],
        [user.role.value for _, user in good],
    )
    rows = await connection.execute_query_dict(_INSERT, [account_id, *columns])
    created = {row["id"] for row in rows}
    history = [
        Noted("User", user_id, "CREATED", None, _name_fields(user)) for user_id, user in good if user_id in created
    ]
    await record_history(connection, account_id, history)
    return [user_id if user_id in created else 0 for user_id in drawn]


def _explain(user: NewUser, place: int) -> DomainError:
    """Why this user was not created: what is wrong with it, else that its external id is in use."""
    try:
        checked = check_user(user)
    except DomainError as error:
        return error.under("users", str(place))
    message = f"there is a user with the external id {checked.external_id!r} already"
    return TakenError(message, ("users", str(place), "externalId"))


def _name_fields(user: NewUser) -> dict[str, Any]:
    """By their names in the graph."""
    return {"name": user.name, "externalId": user.external_id, "role": user.role.value}
