"""Orders of which something is to be seen: in the inbox, in a receipt, in the ledger. All in the last days. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from creatrail.seed.incidents import READERS, SCANNED_AT_HOME, Letter
from creatrail.seed.shopping import tell
from creatrail.seed.traffic import Audience, make_click_id
from tracking.clicks.event import ClickEvent
from tracking.clicks.ids import read_click_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Source

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS

# What nothing proved, and what a person said of it.
APPROVED_BY_HAND: Final = "NL-M04"
REJECTED_BY_HAND: Final = "NL-M05"


class Scene(NamedTuple):
    """Where it happens: clicks of the letter by contact's place, in their order; the demo's first click of a person;
    and the number of a creator's link.
    """

    audience: Audience
    letter: Letter
    clicks: Mapping[int, Sequence[ClickEvent]]
    first: ClickEvent
    link_id: int

    def before_end(self, hours: float) -> int:
        return round((self.audience.ends_at.timestamp() - hours * 3600) * 1000)


def set_scene(
    audience: Audience, letter: Letter, incidents: Sequence[ClickEvent], first: ClickEvent, link_id: int
) -> Scene:
    places = {link.contact_id: place for (place, _), link in letter.links.items()}
    clicks: dict[int, list[ClickEvent]] = {}
    for click in incidents:
        if click.contact_id is not None:
            clicks.setdefault(places[click.contact_id], []).append(click)
    return Scene(audience, letter, clicks, first, link_id)


def report_mishaps(scene: Scene) -> Iterator[ConversionEvent]:
    """Each with orders of its own."""
    yield from _sell_by_letter(scene)
    yield from _report_without_proof(scene)
    yield from _report_without_a_click(scene)
    yield from _report_two_amounts(scene)
    yield from _take_back(scene)


def _sell_by_letter(scene: Scene) -> Iterator[ConversionEvent]:
    """To somebody who clicked twice, and to somebody of whom only the link is known."""
    account_id = scene.audience.account_id
    first, *_, latest = scene.clicks[READERS[0]]
    ids = [latest.click_id, first.click_id]
    yield tell(account_id, _after(latest, 12), txn_id="NL-M01", revenue="189.95", click_ids=ids)
    reader = scene.clicks[READERS[1]][0]
    yield tell(
        account_id, _after(reader, 30), is_signed=True, txn_id="NL-M02", revenue="229.95", link_id=reader.link_id
    )


def _report_without_proof(scene: Scene) -> Iterator[ConversionEvent]:
    """A pixel names a link, and whoever reads the page could have loaded it."""
    account_id, link_id = scene.audience.account_id, scene.link_id
    for number, hours in ((3, 9), (4, 20), (5, 21)):
        order: dict[str, Any] = {
            "txn_id": f"NL-M{number:02}",
            "revenue": "189.95",
            "link_id": link_id,
            "source": Source.PIXEL,
        }
        yield tell(account_id, scene.before_end(hours), **order)
    yield tell(account_id, scene.before_end(7), txn_id="NL-M06", revenue="64.95", coupon="MIRA10")


def _report_without_a_click(scene: Scene) -> Iterator[ConversionEvent]:
    """Each for a reason of its own; what may still come is waited for."""
    account_id = scene.audience.account_id
    scanner = scene.clicks[SCANNED_AT_HOME[0]][0]
    yield tell(account_id, _after(scanner, 20), txn_id="NL-M07", revenue="89.00", click_ids=[scanner.click_id])
    too_old = [scene.first.click_id]
    yield tell(account_id, scene.before_end(6), txn_id="NL-M08", revenue="139.95", click_ids=too_old)
    reader = scene.clicks[READERS[2]][0]
    early: dict[str, Any] = {"txn_id": "NL-M09", "revenue": "64.95", "click_ids": [reader.click_id]}
    yield tell(account_id, _after(reader, 5), is_signed=True, occurred_at_ms=_after(reader, -24 * 60), **early)
    yield tell(account_id, scene.before_end(5), is_signed=True, txn_id="NL-M10", revenue="49.95")
    on_its_way = make_click_id(scene.before_end(2), scene.audience.take_chances("on its way").randbytes(10))
    yield tell(account_id, scene.before_end(1.5), txn_id="NL-M11", revenue="229.95", click_ids=[on_its_way])


def _report_two_amounts(scene: Scene) -> Iterator[ConversionEvent]:
    """A page that left out the discount, and a page that was shown twice."""
    account_id = scene.audience.account_id
    first, second = (scene.clicks[READERS[place]][0] for place in (3, 4))
    by_page: dict[str, Any] = {"txn_id": "NL-M12", "click_ids": [first.click_id]}
    yield tell(account_id, _after(first, 9), revenue="329.95", **by_page)
    yield tell(account_id, _after(first, 10), is_signed=True, txn_id="NL-M12", revenue="296.96")
    for minutes, revenue in ((15, "89.00"), (16, "8.90")):
        order: dict[str, Any] = {"txn_id": "NL-M13", "revenue": revenue, "click_ids": [second.click_id]}
        yield tell(account_id, _after(second, minutes), **order)


def _take_back(scene: Scene) -> Iterator[ConversionEvent]:
    """A void, a chargeback, more than was paid, a refund that nobody proved, and one of an unknown order."""
    account_id = scene.audience.account_id
    corrections = (
        ("NL-M14", "void", "", True),
        ("NL-M15", "chargeback", "", True),
        ("NL-M16", "refund", "200.00", True),
        ("NL-M17", "refund", "20.00", False),
    )
    for place, (txn_id, event, revenue, is_signed) in enumerate(corrections, 5):
        click = scene.clicks[READERS[place]][0]
        sold: dict[str, Any] = {"txn_id": txn_id, "revenue": "159.95", "click_ids": [click.click_id]}
        yield tell(account_id, _after(click, 25), is_signed=True, **sold)
        part = "" if event == "void" else f"{txn_id}-R"
        yield tell(
            account_id, _after(click, 55), is_signed=is_signed, event=event, txn_id=txn_id, part=part, revenue=revenue
        )
    unknown: dict[str, Any] = {"event": "refund", "txn_id": "NL-19998", "part": "NL-19998-R", "revenue": "24.90"}
    yield tell(account_id, scene.before_end(3), is_signed=True, **unknown)


def _after(click: ClickEvent, minutes: float) -> int:
    return read_click_ms(click.click_id) + round(minutes * _MINUTE_MS)
