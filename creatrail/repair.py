"""`creatrail repair`: set counts right that the audit finds wrong, and say which they were."""

import asyncio

import structlog

from creatrail.account_names import UnknownAccountError, find_account
from creatrail.audit import USAGE_ERROR, print_differences
from tracking.database import open_pool
from tracking.logs import configure_logging
from tracking.reports.audited_days import AuditedDays
from tracking.reports.repair import RepairReport, repair
from tracking.settings import Settings

log = structlog.get_logger()


def run(settings: Settings, account: str | None, days: AuditedDays, *, is_dry_run: bool) -> int:
    """Print what was found and changed. 0, or 1 when something is left that nobody can prove."""
    try:
        configure_logging(settings)
        report = asyncio.run(_repair(settings, account, days, is_dry_run=is_dry_run))
    except UnknownAccountError:
        print(f"creatrail repair: there is no account {account}")
        return USAGE_ERROR
    print_differences(report.changed)
    if report.left:
        print("left as they are, since what they were counted from is gone:")
        print_differences(report.left)
    said = "would change" if is_dry_run else "changed"
    print(f"{len(report.changed)} counts of {report.accounts} accounts {said}, {len(report.left)} are left")
    return 1 if report.left else 0


async def _repair(settings: Settings, account: str | None, days: AuditedDays, *, is_dry_run: bool) -> RepairReport:
    pool = await open_pool(settings)
    try:
        report = await repair(pool, await find_account(pool, account), days, is_dry_run=is_dry_run)
    finally:
        await pool.close()
    for each in [] if is_dry_run else report.changed:
        log.warning(
            "count repaired",
            account_id=each.account_id,
            check=each.check,
            place=each.place,
            expected=each.expected,
            found=each.found,
        )
    return report
