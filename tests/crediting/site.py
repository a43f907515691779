"""An account with everything that orders may belong to: links of all kinds, coupons, two offers and a campaign."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec

from tests.clicking import make_account
from tests.crediting.known import KnownAccount, KnownLink, KnownOffer, KnownTerms
from tracking.money import Money
from tracking.offers.events import OfferEvent

ZONE = "Europe/Berlin"
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
A_DAY = dt.timedelta(days=1)
SHOES = KnownOffer(
    window=A_DAY,
    model="LAST_CLICK",
    pays_fixed={"lead": (120, "JPY")},
    pays_basis_points={"sale": 750},
    default_value={"sale": (2_000, "EUR")},
)
RAIN = KnownOffer(currency="JPY", pays_basis_points={"sale": 5_000, "rebill": 100}, default_value={"lead": (90, "JPY")})


async def make_site(pool: asyncpg.Pool, number: int) -> tuple[KnownAccount, int]:
    """And a second account, whose clicks are foreign; it has no links: nobody asks for them.

    Ids are given, as ids of conversions are computed from them, and what comes at once is recorded in their order.
    """
    account_id, terms = await _make_account(pool, number), KnownTerms()
    creators = [
        await _insert(pool, "creator", account_id, handle=name, public_id=f"{name}{number}", name="")
        for name in ("ann", "bob")
    ]
    campaign_id = await _insert(
        pool, "campaign", account_id, name="Summer", status="DRAFT", tags=[], attribution_window_s=3 * 86_400
    )
    terms.windows_of_campaigns[campaign_id] = 3 * A_DAY
    offers = [await _make_offer(pool, account_id, terms, offer) for offer in (SHOES, RAIN)]
    domain_id = await _insert(
        pool, "tracking_domain", account_id, host=f"c{number}.example", is_default=False, has_tls=False
    )
    message_id = account_id * 10
    labels: list[dict[str, Any]] = [
        {"kind": "CUSTOM"},
        {"kind": "CAMPAIGN", "creator_id": creators[0], "campaign_id": campaign_id},
        {"kind": "CREATOR", "creator_id": creators[1], "offer_id": offers[0]},
        {"kind": "RECIPIENT", "message_id": message_id, "slot": 1, "contact_id": 1, "offer_id": offers[1]},
        {"kind": "RECIPIENT", "message_id": message_id, "slot": 2, "contact_id": 1},
        {"kind": "RECIPIENT", "message_id": message_id, "slot": 1, "contact_id": 2},
    ]
    for place, each in enumerate(labels):
        link_id = await _make_link(pool, account_id, domain_id, f"s{place}", each)
        known = {name: value for name, value in each.items() if name not in ("kind", "slot")}
        terms.links[link_id] = KnownLink(link_id, **known)
    for code, link_id in zip(("ANN10", "BOB20"), list(terms.links)[1:3], strict=True):
        await _insert(pool, "coupon", account_id, code=code, link_id=link_id)
        terms.coupons[code.lower()] = link_id
    return KnownAccount(account_id, terms), await _make_account(pool, number + 1)


async def _make_account(pool: asyncpg.Pool, number: int) -> int:
    made_id = await make_account(pool, timezone=ZONE, slug=f"c{number}")
    await pool.execute("UPDATE account SET id = $2, currency = 'EUR' WHERE id = $1", made_id, number)
    return number


async def _make_offer(pool: asyncpg.Pool, account_id: int, terms: KnownTerms, offer: KnownOffer) -> int:
    names = {*offer.pays_fixed, *offer.pays_basis_points, *offer.default_value}
    events = [
        OfferEvent(
            name,
            _money(offer.pays_fixed.get(name)),
            offer.pays_basis_points.get(name),
            _money(offer.default_value.get(name)),
        )
        for name in sorted(names)
    ]
    offer_id = await _insert(
        pool,
        "offer",
        account_id,
        name="Offer",
        destination_url="https://brand.example/",
        currency=offer.currency,
        attribution_window_s=int(offer.window.total_seconds()) if offer.window else None,
        attribution_model=offer.model,
        events=msgspec.json.encode(events).decode(),
    )
    terms.offers[offer_id] = offer
    return offer_id


def _money(amount: tuple[int, str] | None) -> Money | None:
    return Money(*amount) if amount else None


async def _make_link(pool: asyncpg.Pool, account_id: int, domain_id: int, slug: str, labels: Mapping[str, Any]) -> int:
    return await _insert(
        pool,
        "link",
        account_id,
        domain_id=domain_id,
        slug=slug,
        destination_url="https://brand.example/",
        is_readable=False,
        is_destination_overridden=False,
        label="",
        tags=[],
        **labels,
    )


async def _insert(pool: asyncpg.Pool, table: str, account_id: int, **columns: Any) -> int:
    made: int = await pool.fetchval(f"SELECT count(*) FROM {table} WHERE account_id = $1", account_id)
    row_id = account_id * 100 + made
    row = {"id": row_id, "account_id": account_id, "created_at": LONG_AGO, **columns}
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await pool.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())
    return row_id
