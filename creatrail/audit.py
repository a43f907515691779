"""`creatrail audit`: count everything again and say what does not add up."""

import asyncio
from collections.abc import Iterable

from creatrail.account_names import UnknownAccountError, find_account
from tracking.database import open_pool
from tracking.reports.audit import AuditReport, Difference, audit
from tracking.reports.audited_days import AuditedDays
from tracking.settings import Settings

USAGE_ERROR = 2


def run(settings: Settings, account: str | None, days: AuditedDays) -> int:
    """Print the report. 0 when everything adds up, 1 when something does not."""
    try:
        report = asyncio.run(_audit(settings, account, days))
    except UnknownAccountError:
        print(f"creatrail audit: there is no account {account}")
        return USAGE_ERROR
    print_differences(report.differences)
    verdict = "everything adds up" if report.is_clean else f"{len(report.differences)} differences"
    print(f"{report.checks} checks on {report.accounts} accounts: {verdict}")
    return 0 if report.is_clean else 1


def print_differences(differences: Iterable[Difference]) -> None:
    for difference in differences:
        print(f"account {difference.account_id}: {difference.check}: {difference.place}")
        print(f"  expected {difference.expected}, found {difference.found}")


async def _audit(settings: Settings, account: str | None, days: AuditedDays) -> AuditReport:
    pool = await open_pool(settings)
    try:
        return await audit(pool, await find_account(pool, account), days)
    finally:
        await pool.close()
