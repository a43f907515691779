"""Made-up clicks as the redirector would queue them: popular links, new and returning visitors, some crawlers."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from bench.account import SEED, TIMEZONE, BenchAccount
from bench.browsers import REFERRERS, make_user_agents
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.ids import ClickIdMint

NEW_VISITORS = 0.7
USER_AGENTS = 2_000
NAVIGATION = (
    Fact.ACCEPT_LANGUAGE
    | Fact.ACCEPT_HTML
    | Fact.SEC_FETCH
    | Fact.SEC_FETCH_NAVIGATE
    | Fact.SEC_FETCH_USER
    | Fact.CLIENT_HINTS
)
_EPOCH = date(1970, 1, 1)


def make_clicks(
    account: BenchAccount, count: int, start: datetime, span: timedelta, *, seed: int = SEED
) -> list[ClickEvent]:
    """Clicks in the order of their time, links by Zipf's law; 70 % come from visitors new to their link."""
    chance = random.Random(seed)  # noqa: S311 -- the same clicks in every run
    links = chance.choices(account.links, cum_weights=_weigh_by_zipf(len(account.links)), k=count)
    agents = chance.choices(make_user_agents(USER_AGENTS), cum_weights=_weigh_by_zipf(USER_AGENTS), k=count)
    moments = sorted(chance.random() for _ in range(count))
    visitors = _Visitors(chance)
    mint, zone = ClickIdMint(), ZoneInfo(TIMEZONE)
    clicks: list[ClickEvent] = []
    for link, agent, moment in zip(links, agents, moments, strict=True):
        at = start + span * moment
        clicks.append(
            ClickEvent(
                click_id=mint.mint(int(at.timestamp() * 1000)),
                account_id=account.account_id,
                link_id=link.link_id,
                campaign_id=link.campaign_id,
                creator_id=link.creator_id,
                message_id=None,
                slot=None,
                contact_id=None,
                offer_id=None,
                sharer_id=None,
                visitor_key=visitors.choose(link.link_id),
                visitor_method=VisitorMethod.HASH,
                visitor_day=(at.astimezone(zone).date() - _EPOCH).days,
                facts=NAVIGATION,
                client_ip=f"198.51.{chance.randrange(256)}.{chance.randrange(256)}",
                user_agent=agent,
                referrer=chance.choice(REFERRERS).encode(),
                query=b"",
                placement="",
            )
        )
    return clicks


class _Visitors:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.of_links: dict[int, list[bytes]] = {}

    def choose(self, link_id: int) -> bytes:
        """A new visitor, or one that this link has seen."""
        seen = self.of_links.setdefault(link_id, [])
        if seen and self.chance.random() > NEW_VISITORS:
            return self.chance.choice(seen)
        seen.append(self.chance.randbytes(16))
        return seen[-1]


def _weigh_by_zipf(count: int) -> Sequence[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))
