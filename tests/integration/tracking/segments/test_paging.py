"""Pages of segments, over windows that hold fewer contacts than the segment."""

import asyncpg
import pytest

from tests.brand import make_brand
from tests.messaging import make_contacts
from tests.segmenting import all_of, click, did, find, send
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.messages.models import Message
from tracking.offers.models import Offer
from tracking.paging import Window
from tracking.segments import members
from tracking.segments.members import ask_segment, list_member_ids, stream_members

pytestmark = [pytest.mark.feature("TR18"), pytest.mark.usefixtures("orm")]

CLICKERS = ("c2", "c3", "c7", "c20", "c29")


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_FIRST_WINDOW", 2)
    monkeypatch.setattr(members, "_LAST_WINDOW", 5)


@pytest.fixture
async def account() -> Account:
    account = await make_brand()
    for name in ("Bundle", "Gift"):
        await Offer.create(account_id=account.id, name=name, destination_url="https://brand.example/")
    return account


@pytest.fixture
async def contacts(account: Account) -> list[Contact]:
    return await make_contacts(account, 30)


@pytest.fixture
async def message(pool: asyncpg.Pool, account: Account, contacts: list[Contact]) -> Message:
    message = await send(account, contacts)
    for contact in contacts:
        if contact.external_id in CLICKERS:
            await click(pool, message, contact)
    return message


class TestPages:
    @pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
    async def test_forwards_and_backwards_everybody_is_on_one_page(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message, *, size: int
    ) -> None:
        ids = {contact.external_id: contact.id for contact in contacts}
        definition = all_of(did("CLICKED", message))
        for is_backward, expected in ((False, list(CLICKERS)), (True, list(CLICKERS[::-1]))):
            found: list[str] = []
            while page := await find(
                pool, account, definition, Window(size, (ids[found[-1]],) if found else None, is_backward)
            ):
                assert len(page) <= size
                found += page
            assert found == expected

    async def test_contacts_who_are_added_meanwhile_shift_nothing(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        definition = all_of(did("CLICKED", message))
        first = await find(pool, account, definition, Window(2))
        await click(pool, message, contacts[0])

        assert first == ["c2", "c3"]
        assert await find(pool, account, definition, Window(2, (contacts[2].id,))) == ["c7", "c20"]

    async def test_a_stream_holds_all_and_so_do_windows_of_ids(
        self, pool: asyncpg.Pool, account: Account, message: Message
    ) -> None:
        question = await ask_segment(pool, account.id, all_of(did("NOT_CLICKED", message)), utc_now())
        streamed = [contact.id async for contact in stream_members(pool, question)]
        found: list[int] = []
        done, until = 0, max(streamed) + 1_000
        while done < until:
            ids, done = await list_member_ids(pool, question, done, until, contacts=4)
            found += ids

        assert len(streamed) == 25
        assert found == streamed

    async def test_who_is_no_contact_any_more_is_in_no_segment(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], message: Message
    ) -> None:
        await pool.execute("DELETE FROM contact WHERE id = $1", contacts[2].id)

        assert await find(pool, account, all_of(did("CLICKED", message))) == ["c2", "c7", "c20", "c29"]
        assert "c3" not in await find(pool, account, all_of(did("RECEIVED", message)))

    async def test_who_was_erased_clicked_nothing(self, pool: asyncpg.Pool, account: Account, message: Message) -> None:
        """As rule 12 leaves the rows: without contact, and the unique under a key that is random."""
        await pool.execute("UPDATE click SET contact_id = NULL, visitor_key = $1", b"\xf0" * 16)
        await pool.execute("UPDATE unique_click SET visitor_key = click_id::text::bytea")

        assert await find(pool, account, all_of(did("CLICKED", message))) == []
        assert await find(pool, account, all_of(did("CLICKED", message, slots=(1,)))) == []
