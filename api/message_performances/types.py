"""How a message did: what became of it, and what its recipients clicked (TR19, IM14)."""

import datetime as dt

import strawberry

from api.contacts.types import Contact
from api.context import Info
from api.enums import publish_enum
from api.metrics.types import Metrics
from api.reports.types import Rate, estimate_conversion_rate
from api.scalars import BigInt
from tracking.messages.models import DeliveryStatus

publish_enum(
    DeliveryStatus,
    "What the sender tells of one recipient. All but FAILED count as sent.",
    {
        DeliveryStatus.SENT: "It was sent; nothing more is known.",
        DeliveryStatus.DELIVERED: "It arrived.",
        DeliveryStatus.FAILED: "It could not be sent.",
        DeliveryStatus.BOUNCED: "It was sent and came back.",
    },
)


@strawberry.type(description="How the links in one place of a message's text did in a range.")
class SlotPerformance:
    slot: int = strawberry.field(description="The number of the place, from 1.")
    metrics: Metrics = strawberry.field(description="Counts of the range.")
    sent: strawberry.Private[int | None]

    @strawberry.field(
        description="`uniqueClicks / sent`. A contact's unique click on a message stands in the place of the first."
    )
    def click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.unique_clicks, self.sent)

    @strawberry.field(description="`totalClicks / sent`; may exceed 1.")
    def total_click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.total_clicks, self.sent)


@strawberry.type(
    description="How a message did. Deliveries are of all time, clicks and conversions of the range. What the sender"
    " told nothing of is null, and so are rates of it."
)
class MessagePerformance:
    sent: BigInt | None = strawberry.field(description="Recipients that the sender told of, but for the failed.")
    delivered: BigInt | None = strawberry.field(description="Of these, those that it arrived at.")
    bounced: BigInt | None = strawberry.field(description="Of these, those that it came back from.")
    failed: BigInt | None = strawberry.field(description="Recipients that it was never sent to.")
    metrics: Metrics = strawberry.field(description="Counts of the range.")
    slots: list[SlotPerformance] = strawberry.field(
        description="The same for each place of the text. Their unique clicks add up to those of the message, but for"
        " clicks on its action page."
    )

    @strawberry.field(
        description="`uniqueClicks / sent`. A unique click is a contact's first on the message, for ever; those on"
        " links to copy are of visitors, so that it may exceed 1."
    )
    def click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.unique_clicks, self.sent)

    @strawberry.field(
        description="`totalClicks / sent`: every request, of programs, previews and repeats too; may exceed 1."
    )
    def total_click_rate(self) -> Rate | None:
        return Rate.estimate(self.metrics.total_clicks, self.sent)

    @strawberry.field(
        description="As `metrics.conversionRate`, and how sure it is: conversions that are credited to the range's"
        " clicks per unique click. Null where that is null."
    )
    async def conversion_rate(self, info: Info) -> Rate | None:
        return await estimate_conversion_rate(info.context, self.metrics)


@strawberry.type(description="What a recipient of a message clicked.")
class RecipientClicks:
    contact: Contact = strawberry.field(description="Who.")
    delivery: DeliveryStatus | None = strawberry.field(
        description="What the sender told last of it; null while it told nothing."
    )
    first_clicked_at: dt.datetime | None = strawberry.field(
        description="When the first click was that counts; known for ever. Null for who did not click."
    )
    counted_clicks: BigInt = strawberry.field(description="Clicks that count, of those that are still kept.")
    total_clicks: BigInt = strawberry.field(
        description="All that are still kept, of programs and previews too: somebody with these alone did not click."
    )
