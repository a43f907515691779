"""The job that looks at tracking domains again, so that new ones become verified and lost ones are known."""

from typing import Any, Final

from tracking.changes.service import wake_redirectors
from tracking.domains.checks import check_due_domains
from tracking.domains.looking import DomainLooker

CHECKS_A_TICK: Final = 50  # at worst 5 s each, ten at once: well within the job's minute


async def check_domains(ctx: dict[str, Any]) -> None:
    verified = await check_due_domains(DomainLooker(ctx["settings"]), limit=CHECKS_A_TICK)
    if verified:
        await wake_redirectors(ctx["stores"].client)
