import datetime as dt

import asyncpg
import pytest

from tests.brand import make_brand, make_creator, make_link
from tests.integration.tracking.imports.files import bring, count, list_problems
from tracking.accounts.models import Account
from tracking.creators.models import Creator
from tracking.imports.models import ImportKind, ImportStatus

pytestmark = pytest.mark.usefixtures("orm")

PROFILES = """
    SELECT creator.handle, platform, profile.handle, url, counted_on, followers
    FROM creator_profile AS profile JOIN creator ON creator.id = creator_id
    LEFT JOIN follower_count ON profile_id = profile.id ORDER BY 1, 2, 3, counted_on
"""


@pytest.fixture
async def account() -> Account:
    return await make_brand()


async def list_creators() -> list[tuple[str, str, str | None]]:
    return [(row.handle, row.name, row.external_id) for row in await Creator.all().order_by("handle")]


class TestUpsert:
    @pytest.mark.feature("CU11")
    async def test_by_external_id_and_else_by_handle(self, account: Account) -> None:
        await bring(
            account, ImportKind.CREATORS, b"handle,external_id,name\nanna,m1,Anna\nberta,,Berta\ncarl,m3,Carl\n"
        )
        rows = [
            ["handle", "external_id", "name"],
            ["anna.new", "m1", ""],  # another handle for the same member
            ["BERTA", "m2", ""],  # gets the external id that was missing
            ["carl", "m3", "Carl"],  # as it is
            ["@dora", "", "Dora"],
            ["dora", "m4", ""],  # the row above, once more
            ["", "m3", "Karl"],  # by external id alone
        ]

        done = await bring(account, ImportKind.CREATORS, rows)

        assert (count(done), await list_problems(done)) == ((1, 4, 1, 0), [])
        assert await list_creators() == [
            ("BERTA", "Berta", "m2"),
            ("anna.new", "Anna", "m1"),
            ("carl", "Karl", "m3"),
            ("dora", "Dora", "m4"),
        ]
        assert count(await bring(account, ImportKind.CREATORS, [*rows[:3], *rows[4:]])) == (0, 0, 5, 0)

    async def test_rows_that_meet_others_are_problems(self, account: Account) -> None:
        await bring(account, ImportKind.CREATORS, b"handle,external_id\nanna,m1\nberta,m2\n")
        rows = [["handle", "external_id"], ["berta", "m1"], ["anna", "m9"], ["", "m8"], ["a b", "m7"], ["anna", ""]]

        done = await bring(account, ImportKind.CREATORS, rows)

        assert (count(done), await list_problems(done)) == (
            (0, 0, 1, 4),
            [(2, "handle", "TAKEN"), (3, "handle", "TAKEN"), (4, "handle", "REQUIRED"), (5, "handle", "INVALID")],
        )
        assert await list_creators() == [("anna", "", "m1"), ("berta", "", "m2")]

    async def test_two_who_change_handles_with_each_other_hold_nobody_up(self, account: Account) -> None:
        await bring(account, ImportKind.CREATORS, b"handle,external_id\nanna,m1\nberta,m2\n")
        rows = [["handle", "external_id"], ["x", "m1"], ["anna", "m2"], ["berta", "m1"], ["dora", ""]]

        done = await bring(account, ImportKind.CREATORS, rows)

        assert (done.status, done.rows_done, done.bad) == (ImportStatus.COMPLETED, 4, 0)
        assert await list_creators() == [("anna", "", "m2"), ("berta", "", "m1"), ("dora", "", None)]

    async def test_an_account_sees_only_its_own(self, account: Account) -> None:
        await make_creator(await make_brand("other"), "anna")

        assert count(await bring(account, ImportKind.CREATORS, b"handle\nanna\n")) == (1, 0, 0, 0)

    @pytest.mark.feature("R8", "LO5")
    async def test_a_new_external_id_reaches_the_redirectors(self, account: Account, pool: asyncpg.Pool) -> None:
        creator = await make_creator(account, "anna")
        await make_link(account, creator)
        await pool.execute("DELETE FROM change_log")

        await bring(account, ImportKind.CREATORS, b"handle,external_id,name\nanna,m1,Anna\n")

        assert [tuple(row) for row in await pool.fetch("SELECT kind, ref_id FROM change_log")] == [(8, creator.id)]
        told = await pool.fetchrow("SELECT action, before, after FROM history_entry WHERE subject_type = 'Creator'")
        assert tuple(told) == ("UPDATED", '{"name": "", "externalId": null}', '{"name": "Anna", "externalId": "m1"}')


class TestProfiles:
    @pytest.mark.feature("CU5")
    async def test_a_row_brings_a_profile_and_a_dated_count(self, account: Account, pool: asyncpg.Pool) -> None:
        header = ["handle", "platform", "profile_handle", "profile_url", "followers", "followers_as_of"]
        rows = [
            header,
            ["anna", "TikTok", "@anna.t", "https://t.example/anna", "100", "2026-11-01"],
            ["anna", "tiktok", "anna.t", "", "150", "2026-11-02"],
            ["anna", "X", "", "", "", ""],
        ]

        first = await bring(account, ImportKind.CREATORS, rows)
        again = await bring(account, ImportKind.CREATORS, rows)
        corrected = await bring(
            account, ImportKind.CREATORS, [header, ["anna", "TIKTOK", "anna.t", "", "160", "2026-11-02"]]
        )

        assert [count(each) for each in (first, again, corrected)] == [(1, 2, 0, 0), (0, 0, 3, 0), (0, 1, 0, 0)]
        assert [tuple(row) for row in await pool.fetch(PROFILES)] == [
            ("anna", "TIKTOK", "anna.t", "https://t.example/anna", dt.date(2026, 11, 1), 100),
            ("anna", "TIKTOK", "anna.t", "https://t.example/anna", dt.date(2026, 11, 2), 160),
            ("anna", "X", "anna", None, None, None),
        ]

    @pytest.mark.parametrize(
        ("cells", "problems"),
        [
            (["anna", "MySpace", "", "", "", ""], [("platform", "INVALID")]),
            (["anna", "", "anna", "", "", ""], [("platform", "REQUIRED")]),
            (["anna", "X", "", "javascript:1", "1.5", "yesterday"], ["profile_url", "followers", "followers_as_of"]),
            (["anna", "X", "", "", "5", ""], [("followers_as_of", "REQUIRED")]),
            (["anna", "X", "", "", "", "2026-11-01"], [("followers", "REQUIRED")]),
            (["anna", "X", "", "", "-1", "2026-11-01"], [("followers", "INVALID")]),
        ],
    )
    async def test_every_bad_cell_is_a_problem(
        self, account: Account, cells: list[str], problems: list[tuple[str, str] | str]
    ) -> None:
        header = ["handle", "platform", "profile_handle", "profile_url", "followers", "followers_as_of"]

        done = await bring(account, ImportKind.CREATORS, [header, cells])

        expected = [(each, "INVALID") if isinstance(each, str) else each for each in problems]
        assert [problem[1:] for problem in await list_problems(done)] == expected
        assert (count(done), await list_creators()) == ((0, 0, 0, 1), [])
