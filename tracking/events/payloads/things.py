"""What events carry: clicks, conversions, links, exports and imports, in the words of the graph. Nothing personal."""

import datetime as dt
from typing import Annotated

import msgspec

from tracking.events.payloads.words import (
    Amount,
    ConversionKindName,
    CountingName,
    EndName,
    ExportFormatName,
    ExportKindName,
    GraphId,
    ImportFormatName,
    ImportKindName,
    LinkKindName,
    MethodName,
    Moment,
    ReasonName,
    SourceName,
    StandingReasonName,
    StatusName,
    SystemKindName,
    TrafficClassName,
    TrustName,
    VerdictName,
    describe,
)


class _Thing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every field is always there; what there is none of is null."""


class Named(_Thing, frozen=True, kw_only=True):
    id: GraphId
    name: Annotated[str, describe("Its name now.")]


class CreatorName(_Thing, frozen=True, kw_only=True):
    id: GraphId
    handle: Annotated[str, describe("Their handle now.")]


class Reference(_Thing, frozen=True, kw_only=True):
    id: GraphId


class LinkName(_Thing, frozen=True, kw_only=True):
    id: GraphId
    host: Annotated[str, describe("That it lives on.")]
    slug: Annotated[str, describe("What stands after the host.")]
    short_url: Annotated[str, describe("What people share.")]
    label: Annotated[str, describe("Its label now; empty for none.")]
    kind: LinkKindName


class Device(_Thing, frozen=True, kw_only=True):
    browser: Annotated[str | None, describe("Such as Chrome.")]
    os: Annotated[str | None, describe("Such as iOS.")]
    device: Annotated[str | None, describe("Such as iPhone.")]
    in_app_browser: Annotated[str | None, describe("The app whose browser this is, such as Instagram.")]


class Money(_Thing, frozen=True, kw_only=True):
    amount: Amount
    amount_minor: Annotated[int, describe("The same in whole minor units, such as 1250 cents.")]
    currency: Annotated[str, describe("A code of ISO 4217.")]


class ClickPayload(_Thing, frozen=True, kw_only=True):
    id: GraphId
    occurred_at: Annotated[Moment, describe("When the redirector got the request.")]
    recorded_at: Annotated[Moment, describe("When it was stored.")]
    changed_at: Annotated[
        Moment | None, describe("When it was last judged or counted otherwise than before; null: never.")
    ]
    day: Annotated[dt.date, describe("The account's calendar day under which reports count it.")]
    counting: CountingName
    verdict: VerdictName
    traffic_class: TrafficClassName
    is_counted: Annotated[bool, describe("True: it is one of the `countedClicks` of reports.")]
    reasons: Annotated[tuple[ReasonName, ...], describe("All that spoke for the verdict, or against it.")]
    unique_holder_id: Annotated[
        str | None,
        describe("Of a counted click: the click that holds the unique which this one repeats, itself when UNIQUE."),
    ]
    placement: Annotated[str | None, describe("What stood after `~` in the address.")]
    referrer_host: Annotated[str | None, describe("The host that the request named as where it came from.")]
    country: Annotated[str | None, describe("Where its network is, as ISO 3166 writes it, such as DE.")]
    device: Annotated[Device, describe("What the user agent says of itself.")]
    link: Annotated[LinkName | None, describe("The link that was followed.")]
    campaign: Annotated[Named | None, describe("Its link's campaign.")]
    creator: Annotated[CreatorName | None, describe("Its link's creator.")]
    message: Annotated[Named | None, describe("The message that its link was made for.")]
    contact: Annotated[Reference | None, describe("Whom its link was made for. Null on a link that is shared.")]
    offer: Annotated[Named | None, describe("What its link sells.")]
    sharer: Annotated[Reference | None, describe("The user who is credited for it.")]


class ConversionPayload(_Thing, frozen=True, kw_only=True):
    id: GraphId
    event: Annotated[str, describe("What happened, by the name that it was reported with, in lower case.")]
    kind: ConversionKindName
    txn_id: Annotated[str | None, describe("Of the order; null where the click id is the key.")]
    refund_id: Annotated[str | None, describe("Of what takes back: its own id beside the order's.")]
    status: StatusName
    reason: StandingReasonName
    trust: TrustName
    source: SourceName
    method: MethodName
    occurred_at: Annotated[Moment, describe("When it happened, as far as the report can be believed.")]
    received_at: Annotated[Moment, describe("When its first report came in.")]
    recorded_at: Annotated[Moment, describe("When it was stored.")]
    value: Annotated[Money | None, describe("What it is worth, negative for what takes back; null: nobody knows.")]
    payout: Annotated[Money | None, describe("What its offer pays for it; null for nothing.")]
    is_counted: Annotated[bool, describe("True: it is one of the `conversions` of reports.")]
    click: Annotated[Reference | None, describe("The click that earned it. It may not be kept any more.")]
    clicked_at: Annotated[Moment | None, describe("When the click happened that earned it.")]
    link: Annotated[LinkName | None, describe("The link that it is credited to.")]
    campaign: Annotated[Named | None, describe("The campaign of the link.")]
    creator: Annotated[CreatorName | None, describe("The creator of the link.")]
    message: Annotated[Named | None, describe("The message that the link was made for.")]
    contact: Annotated[Reference | None, describe("Whom the link was made for. Null on a link that is shared.")]
    offer: Annotated[Named | None, describe("What was sold.")]
    sharer: Annotated[Reference | None, describe("The user who is credited for it.")]


class LinkPayload(_Thing, frozen=True, kw_only=True):
    id: GraphId
    host: Annotated[str, describe("That it lives on.")]
    slug: Annotated[str, describe("What stands after the host.")]
    short_url: Annotated[str, describe("What people share.")]
    label: Annotated[str, describe("Its label now; empty for none.")]
    kind: LinkKindName
    system_kind: SystemKindName | None
    tags: Annotated[list[str], describe("Its tags now.")]
    destination_url: Annotated[str, describe("Where it leads now.")]
    is_test: Annotated[bool, describe("True: every click on it is a test.")]
    created_at: Annotated[Moment, describe("When it was made.")]
    archived_at: Annotated[Moment | None, describe("Since when it answers 410, for ever; null: it works.")]
    replaced_by: Annotated[Reference | None, describe("The link that took its place.")]
    campaign: Annotated[Named | None, describe("Its campaign.")]
    creator: Annotated[CreatorName | None, describe("Its creator.")]
    message: Annotated[Named | None, describe("The message that it was made for.")]
    contact: Annotated[Reference | None, describe("Whom it was made for.")]
    offer: Annotated[Named | None, describe("What it sells.")]
    sharer: Annotated[Reference | None, describe("The user who is credited for its clicks.")]


class ExportPayload(_Thing, frozen=True, kw_only=True):
    id: GraphId
    kind: ExportKindName
    format: ExportFormatName
    status: EndName
    failure: Annotated[str | None, describe("Why it failed.")]
    rows_done: Annotated[int, describe("How many rows it has.")]
    size_bytes: Annotated[int | None, describe("How large its file is.")]
    sha256: Annotated[str | None, describe("Of its file, in hex.")]
    as_of: Annotated[Moment | None, describe("What was received until then is in it.")]
    created_at: Annotated[Moment, describe("When it was asked for.")]
    ended_at: Annotated[Moment | None, describe("When it ended.")]
    expires_at: Annotated[Moment | None, describe("When its file is deleted.")]
    schedule: Annotated[Reference | None, describe("The schedule that asked for it.")]


class ImportPayload(_Thing, frozen=True, kw_only=True):
    id: GraphId
    kind: ImportKindName
    format: ImportFormatName
    status: EndName
    failure: Annotated[str | None, describe("Why it failed.")]
    is_dry_run: Annotated[bool, describe("True: nothing was written.")]
    rows_done: Annotated[int, describe("How many rows were looked at.")]
    created: Annotated[int, describe("Rows that made something.")]
    updated: Annotated[int, describe("Rows that changed something.")]
    unchanged: Annotated[int, describe("Rows that said what was there.")]
    bad: Annotated[int, describe("Rows that could not be taken.")]
    created_at: Annotated[Moment, describe("When it was asked for.")]
    ended_at: Annotated[Moment | None, describe("When it ended.")]
    campaign: Annotated[Named | None, describe("The campaign that its rows are added to.")]
