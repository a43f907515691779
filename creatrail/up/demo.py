"""The demo of `up`: seeded once into an empty database, with a key that GraphiQL is opened with."""

from dataclasses import dataclass
from pathlib import Path

from creatrail.local import write_private
from creatrail.seed.demo import is_room_for_demo, seed
from tracking.accounts.credentials import find_credential
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.orm import open_orm
from tracking.settings import Settings

KEY_FILE = "demo_key"


@dataclass(frozen=True)
class Demo:
    """`links` are host and path, the busiest first."""

    api_key: str
    links: list[str]


async def ensure_demo(settings: Settings, state: Path) -> Demo | None:
    """The demo, made on the first start. None in a database that holds somebody's accounts: there it is not wanted."""
    async with open_orm(settings):
        if not await is_room_for_demo():
            return None
        seeded = await seed(settings)
        return Demo(api_key=await _ensure_key(seeded.account_id, state / KEY_FILE), links=seeded.links)


async def _ensure_key(account_id: int, path: Path) -> str:
    """The key that an earlier start kept, while it opens this account; else a new one."""
    kept = _read_kept(path)
    credential = await find_credential(kept)
    if credential is not None and credential.account_id == account_id:
        return kept
    made = await create_api_key(account_id, "creatrail up", [Scope.ADMIN])
    write_private(path, made.token)
    return made.token


def _read_kept(path: Path) -> str:
    return path.read_text() if path.exists() else ""
