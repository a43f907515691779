"""The latest report of a recipient stands, in whatever order and however often reports come."""

import asyncio
import datetime as dt
import itertools

import asyncpg
import pytest

from tests.brand import make_brand
from tests.messaging import for_contacts, make_contacts, make_message
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.errors import IdempotencyConflictError, InvalidInputError, NotFoundError
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import Delivery, DeliveryStatus, Message
from tracking.messages.queries import DeliveryCounts, count_deliveries

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
SENT, DELIVERED, FAILED, BOUNCED = DeliveryStatus


def tell(contact: Contact, status: DeliveryStatus, minute: int = 0) -> ToldDelivery:
    return ToldDelivery(status, NOON + dt.timedelta(minutes=minute), contact_id=contact.id)


async def list_statuses(message: Message) -> list[tuple[int, DeliveryStatus]]:
    rows = await Delivery.filter(message_id=message.id).order_by("contact_id")
    return [(row.contact_id, row.status) for row in rows]


async def make_case(contacts: int) -> tuple[Account, Message, list[Contact]]:
    account = await make_brand()
    made = await make_contacts(account, contacts)
    return account, await make_message(account, "Hi", for_contacts(made)), made


@pytest.mark.feature("TR19")
@pytest.mark.usefixtures("orm")
class TestDeliveries:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_the_latest_report_stands_in_any_order(self, order: tuple[int, ...]) -> None:
        account, message, [ada] = await make_case(1)
        told = [tell(ada, SENT, 1), tell(ada, BOUNCED, 3), tell(ada, DELIVERED, 2)]

        for place in order:
            await record_deliveries(account.id, message.id, [told[place]])
        await record_deliveries(account.id, message.id, [told[place] for place in order])

        assert await list_statuses(message) == [(ada.id, BOUNCED)]

    async def test_of_two_reports_at_one_moment_the_order_of_calls_decides_nothing(self) -> None:
        account, message, [ada, ben] = await make_case(2)

        await record_deliveries(account.id, message.id, [tell(ada, SENT), tell(ben, FAILED)])
        await record_deliveries(account.id, message.id, [tell(ada, FAILED), tell(ben, SENT)])

        assert await list_statuses(message) == [(ada.id, SENT), (ben.id, SENT)]

    async def test_parallel_reports_neither_deadlock_nor_disagree(self) -> None:
        account, message, contacts = await make_case(30)
        early = [tell(contact, SENT, 1) for contact in contacts]
        late = [tell(contact, DELIVERED, 2) for contact in reversed(contacts)]

        await asyncio.gather(*(record_deliveries(account.id, message.id, told) for told in (late, early) * 4))

        assert await list_statuses(message) == [(contact.id, DELIVERED) for contact in contacts]

    async def test_what_cannot_be_taken_says_why_and_holds_nobody_up(self) -> None:
        account, message, [ada] = await make_case(1)
        stranger = (await make_contacts(await make_brand("other"), 1))[0]
        unasked = await Contact.create(account_id=account.id, external_id="unasked")
        tomorrow = utc_now() + dt.timedelta(days=1)

        outcomes = await record_deliveries(
            account.id,
            message.id,
            [
                tell(stranger, SENT),
                tell(unasked, SENT),
                ToldDelivery(SENT, tomorrow, contact_id=ada.id),
                ToldDelivery(SENT, NOON, external_id="c1"),
                ToldDelivery(SENT, NOON, external_id="nobody\0"),
            ],
        )

        assert [(type(each.error), each.error.path if each.error else ()) for each in outcomes] == [
            (NotFoundError, ("deliveries", "0", "contact", "contactId")),
            (NotFoundError, ("deliveries", "1", "contact", "contactId")),
            (InvalidInputError, ("deliveries", "2", "at")),
            (type(None), ()),
            (NotFoundError, ("deliveries", "4", "contact", "externalId")),
        ]
        assert await list_statuses(message) == [(ada.id, SENT)]

    async def test_a_foreign_message_answers_as_an_unknown_one(self) -> None:
        _, message, [ada] = await make_case(1)
        other = await make_brand("other")

        with pytest.raises(NotFoundError) as refusal:
            await record_deliveries(other.id, message.id, [tell(ada, SENT)])
        assert refusal.value.path == ("messageId",)
        assert await list_statuses(message) == []

    async def test_the_same_key_answers_as_the_first_time(self) -> None:
        account, message, [ada] = await make_case(1)
        told = [tell(ada, SENT), ToldDelivery(SENT, NOON, external_id="nobody")]

        first = await record_deliveries(account.id, message.id, told, idempotency_key="k")
        await Contact.create(account_id=account.id, external_id="nobody")
        second = await record_deliveries(account.id, message.id, told, idempotency_key="k")

        assert [str(each.error) for each in second] == [str(each.error) for each in first]
        with pytest.raises(IdempotencyConflictError):
            await record_deliveries(account.id, message.id, told[:1], idempotency_key="k")

    @pytest.mark.parametrize("count", [0, 1_001])
    async def test_a_call_takes_1_to_1000(self, count: int) -> None:
        account, message, [ada] = await make_case(1)

        with pytest.raises(InvalidInputError, match="1 to 1,000"):
            await record_deliveries(account.id, message.id, [tell(ada, SENT)] * count)

    async def test_sent_are_all_but_those_that_failed(self, pool: asyncpg.Pool) -> None:
        account, message, contacts = await make_case(4)
        silent = await make_message(account, "Hi", for_contacts(contacts))
        told = [tell(contact, status) for contact, status in zip(contacts, DeliveryStatus, strict=True)]

        await record_deliveries(account.id, message.id, told)

        counted = await count_deliveries(pool, account.id, [message.id, silent.id])
        assert counted == {message.id: DeliveryCounts(sent=3, delivered=1, bounced=1, failed=1)}
