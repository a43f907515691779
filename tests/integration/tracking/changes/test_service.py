import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes


@pytest.mark.feature("R8")
async def test_the_time_of_a_change_is_not_that_of_the_beginning_of_its_transaction(orm: TortoiseContext) -> None:
    """Redirectors look back ten seconds, and a transaction may have begun long before."""
    async with in_transaction() as connection:
        await record_changes(connection, [Change(ChangeKind.LINK, 7, "acme.localhost/x")])
        [row] = await connection.execute_query_dict(
            "SELECT at > now() AS is_later, kind, ref_id, address FROM change_log"
        )

    assert row == {"is_later": True, "kind": 1, "ref_id": 7, "address": "acme.localhost/x"}
