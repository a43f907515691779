"""`creatrail audit`: count everything again and say what does not add up."""

import asyncio

from tracking.database import open_pool
from tracking.reports.audit import AuditReport, audit
from tracking.settings import Settings

USAGE_ERROR = 2


class UnknownAccountError(Exception):
    pass


def run(settings: Settings, account: str | None) -> int:
    """Print the report. 0 when everything adds up, 1 when something does not."""
    try:
        report = asyncio.run(_audit(settings, account))
    except UnknownAccountError:
        print(f"creatrail audit: there is no account {account}")
        return USAGE_ERROR
    for difference in report.differences:
        print(f"account {difference.account_id}: {difference.check}: {difference.place}")
        print(f"  expected {difference.expected}, found {difference.found}")
    verdict = "everything adds up" if report.is_clean else f"{len(report.differences)} differences"
    print(f"{report.checks} checks on {report.accounts} accounts: {verdict}")
    return 0 if report.is_clean else 1


async def _audit(settings: Settings, account: str | None) -> AuditReport:
    pool = await open_pool(settings)
    try:
        account_id = await pool.fetchval("SELECT id FROM account WHERE slug = $1", account) if account else None
        if account and account_id is None:
            raise UnknownAccountError
        return await audit(pool, account_id)
    finally:
        await pool.close()
