"""Reports of purchases that clicks led to, as the redirector would queue them."""

from typing import Final

import redis

from bench.ingest.queue import PREPARED_STREAM
from tracking.clicks.event import ClickEvent
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent, encode_conversion
from tracking.conversions.kinds import Proof, Source
from tracking.streams import VERSIONS, Mark

EVERY: Final = 50  # clicks, one is followed by a purchase


def make_reports(clicks: list[ClickEvent]) -> list[ConversionEvent]:
    return [
        ConversionEvent(
            received_at_ms=now_ms(),
            account_id=click.account_id,
            source=Source.SIGNED_POSTBACK,
            proof=Proof.SIGNATURE,
            event="sale",
            txn_id=click.click_id.hex(),
            part="",
            revenue="12.50",
            currency="EUR",
            occurred_at_ms=None,
            click_ids=[click.click_id],
            visitor_keys=[],
            link_id=None,
            offer_id=None,
            coupon="",
        )
        for click in clicks[::EVERY]
    ]


def prepare_reports(client: redis.Redis, reports: list[ConversionEvent]) -> None:
    """Behind the clicks that are prepared already."""
    pipeline = client.pipeline(transaction=False)
    for report in reports:
        pipeline.xadd(PREPARED_STREAM, {VERSIONS[Mark.CONVERSION]: encode_conversion(report)})
    pipeline.execute()
