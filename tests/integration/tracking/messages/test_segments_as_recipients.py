"""A message for a segment: who is in it at that moment, found bit by bit by the job, each once."""

import asyncio

import asyncpg
import pytest

from tests.brand import make_brand
from tests.messaging import for_contacts, make_contacts, note_message
from tests.segmenting import all_of, click, did, send
from tracking.accounts.models import Account
from tracking.contacts.models import Contact
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.history.models import HistoryEntry
from tracking.messages import preparing
from tracking.messages.models import Message, MessageRecipient, MessageStatus
from tracking.messages.preparing import prepare_recipients
from tracking.messages.recipients import Audience
from tracking.messages.service import add_message_recipients
from tracking.offers.models import Offer
from tracking.segments.models import Segment
from tracking.segments.service import SegmentFields, archive_segment, create_segment, update_segment

pytestmark = [pytest.mark.feature("TR18"), pytest.mark.usefixtures("orm")]

TEXT = "{{ offers.bundle }}"


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
async def first_message(pool: asyncpg.Pool, account: Account, contacts: list[Contact]) -> Message:
    """For c1 to c24, of whom c1 to c4 clicked."""
    message = await send(account, contacts[:24])
    for contact in contacts[:4]:
        await click(pool, message, contact)
    return message


@pytest.fixture
async def segment(account: Account, first_message: Message) -> Segment:
    """Of c5 to c24, who did not click."""
    return await create_segment(account.id, SegmentFields("Quiet", all_of(did("NOT_CLICKED", first_message))))


async def list_recipients(message: Message) -> list[int | None]:
    rows = await MessageRecipient.filter(message_id=message.id).order_by("position")
    return [row.contact_id for row in rows]


def expect_ids(contacts: list[Contact]) -> list[int]:
    return [contact.id for contact in contacts]


def die(*_: object) -> None:
    raise ConnectionResetError


class TestFrozen:
    async def test_it_is_for_those_who_are_in_it_when_it_is_prepared(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], first_message: Message, segment: Segment
    ) -> None:
        """Clicks, contacts and other definitions that come before the job has come round change nothing."""
        message = await note_message(account, TEXT, Audience(segment_id=segment.id))
        await asyncio.sleep(0.01)  # so that the click is of a later millisecond
        await click(pool, first_message, contacts[10])
        await update_segment(account.id, segment.id, {"definition": all_of(did("CLICKED", first_message))})

        await prepare_recipients(message.id)

        done = await Message.get(id=message.id)
        assert (done.status, done.recipients, done.prepared) == (MessageStatus.PREPARED, 20, 20)
        assert await list_recipients(message) == expect_ids(contacts[4:24])

    async def test_the_control_prepared_later_it_is_for_others(
        self, pool: asyncpg.Pool, account: Account, contacts: list[Contact], first_message: Message, segment: Segment
    ) -> None:
        await click(pool, first_message, contacts[10])
        await asyncio.sleep(0.01)  # so that the click is of an earlier millisecond
        message = await note_message(account, TEXT, Audience(segment_id=segment.id))

        await prepare_recipients(message.id)

        assert contacts[10].id not in await list_recipients(message)

    async def test_a_segment_without_anybody_is_prepared_at_once(self, account: Account) -> None:
        segment = await create_segment(account.id, SegmentFields("Nobody", all_of(did("CLICKED"))))

        message = await note_message(account, TEXT, Audience(segment_id=segment.id))
        await prepare_recipients(message.id)

        done = await Message.get(id=message.id)
        assert (done.status, done.recipients) == (MessageStatus.PREPARED, 0)


class TestExactlyOnce:
    async def test_four_workers_that_are_killed_find_each_recipient_once(
        self, monkeypatch: pytest.MonkeyPatch, account: Account, contacts: list[Contact], segment: Segment
    ) -> None:
        monkeypatch.setattr(preparing, "CONTACTS_A_BATCH", 3)
        message = await note_message(account, TEXT, Audience(segment_id=segment.id))
        with monkeypatch.context() as broken:
            broken.setattr(preparing, "add_recipients", die)
            with pytest.raises(ConnectionResetError):
                await prepare_recipients(message.id)
        assert (await Message.get(id=message.id)).status is MessageStatus.PREPARING
        await prepare_recipients(message.id, max_batches=2)

        await asyncio.gather(*(prepare_recipients(message.id) for _ in range(4)))

        done = await Message.get(id=message.id)
        assert (done.status, done.recipients, done.prepared) == (MessageStatus.PREPARED, 20, 20)
        assert await list_recipients(message) == expect_ids(contacts[4:24])

    async def test_who_is_a_recipient_already_stays_one(
        self, account: Account, contacts: list[Contact], segment: Segment
    ) -> None:
        message = await note_message(account, TEXT, for_contacts(contacts[3:6]))
        await prepare_recipients(message.id)

        assert await add_message_recipients(account.id, message.id, Audience(segment_id=segment.id)) == []
        assert (await Message.get(id=message.id)).status is MessageStatus.PREPARING
        await prepare_recipients(message.id)

        assert await list_recipients(message) == expect_ids(contacts[3:24])
        noted = await HistoryEntry.filter(subject_id=message.id, action="ADDED_RECIPIENTS").first()
        assert noted is not None
        assert list(noted.after or {}) == ["segmentId"]


class TestRefused:
    async def test_one_segment_after_the_other(self, account: Account, segment: Segment) -> None:
        message = await note_message(account, TEXT, Audience(segment_id=segment.id))

        with pytest.raises(InvalidInputError) as refused:
            await add_message_recipients(account.id, message.id, Audience(segment_id=segment.id))
        assert refused.value.path == ("recipients", "segmentId")
        await prepare_recipients(message.id)
        await add_message_recipients(account.id, message.id, Audience(segment_id=segment.id))

    async def test_everybody_can_follow_at_once_as_that_holds_the_segment(
        self, account: Account, contacts: list[Contact], segment: Segment
    ) -> None:
        message = await note_message(account, TEXT, Audience(segment_id=segment.id))

        await add_message_recipients(account.id, message.id, Audience(every_contact=True))
        await prepare_recipients(message.id)

        assert await list_recipients(message) == expect_ids(contacts)

    async def test_archived_and_foreign_segments(self, account: Account, segment: Segment) -> None:
        stranger = await make_brand("stranger")
        foreign = await create_segment(stranger.id, SegmentFields("Theirs", all_of(did("CLICKED"))))
        await archive_segment(account.id, segment.id)

        with pytest.raises(ArchivedError):
            await note_message(account, TEXT, Audience(segment_id=segment.id))
        with pytest.raises(NotFoundError):
            await note_message(account, TEXT, Audience(segment_id=foreign.id))
        assert await Message.filter(name="News", status=MessageStatus.PREPARING).count() == 0
