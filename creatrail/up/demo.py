"""The demo of `up`: seeded once into an empty database, with a key for GraphiQL and a report page to look at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from creatrail.local import write_private
from creatrail.seed.demo import is_room_for_demo, seed
from tracking.accounts.credentials import find_credential
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.models import Campaign
from tracking.clock import utc_now
from tracking.orm import open_orm
from tracking.report_pages.models import ReportPage
from tracking.report_pages.rules import PAGE_START, WantedPage, write_page_url
from tracking.report_pages.service import create_report_page
from tracking.secret_tokens import split_token
from tracking.settings import Settings

KEY_FILE: Final = "demo_key"
PAGE_FILE: Final = "demo_report_page"
SHOWN_CAMPAIGN: Final = "Rain Season"


@dataclass(frozen=True)
class Demo:
    """`links` are host and path, the busiest first; `report_page` is an address, None once its campaign was renamed."""

    api_key: str
    links: list[str]
    report_page: str | None


async def ensure_demo(settings: Settings, state: Path) -> Demo | None:
    """The demo, made on the first start. None in a database that holds somebody's accounts: there it is not wanted."""
    async with open_orm(settings):
        if not await is_room_for_demo():
            return None
        seeded = await seed(settings)
        api_key = await _ensure_key(seeded.account_id, state / KEY_FILE)
        page = await _ensure_page(seeded.account_id, state / PAGE_FILE)
        return Demo(api_key, seeded.links, write_page_url(settings, page) if page else None)


async def _ensure_key(account_id: int, path: Path) -> str:
    """The key that an earlier start kept, while it opens this account; else a new one."""
    kept = _read_kept(path)
    credential = await find_credential(kept)
    if credential is not None and credential.account_id == account_id:
        return kept
    made = await create_api_key(account_id, "creatrail up", [Scope.ADMIN])
    write_private(path, made.token)
    return made.token


async def _ensure_page(account_id: int, path: Path) -> str | None:
    """The token that an earlier start kept, while it opens a page of this account; else that of a new page."""
    kept = _read_kept(path)
    if await _is_open(account_id, kept):
        return kept
    campaign = await Campaign.filter(account_id=account_id, name=SHOWN_CAMPAIGN).first()
    made = await create_report_page(account_id, WantedPage(campaign.id, None)) if campaign else None
    if made is None or made.token is None:
        return None
    write_private(path, made.token)
    return made.token


async def _is_open(account_id: int, token: str) -> bool:
    """Looked up here and not opened: `lastOpenedAt` is for people who look."""
    parts = split_token(PAGE_START, token)
    return parts is not None and await ReportPage.exists(
        account_id=account_id,
        token_prefix=parts.prefix,
        token_sha256=parts.secret_sha256,
        revoked_at__isnull=True,
        expires_at__gt=utc_now(),
    )


def _read_kept(path: Path) -> str:
    return path.read_text() if path.exists() else ""
