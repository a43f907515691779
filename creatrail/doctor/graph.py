"""The doctor's last step: whether the graph shows the test click to a credential of the link's account."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from creatrail.doctor.asking import Answer, NoAnswerError, ask
from creatrail.doctor.findings import BrokenError, Finding
from creatrail.doctor.journey import Target
from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.orm import open_orm
from tracking.settings import Settings

_QUERY: Final = "query Doctor($url: URL!) { linkByUrl(url: $url) { totals { totalClicks testClicks } } }"
_KEY_LIFETIME: Final = timedelta(minutes=1)


async def check_graph(settings: Settings, target: Target, tests_at_least: int) -> Finding:
    """`tests_at_least`: what the link's report says, which the graph reads too."""
    url = f"http://{target.host}/{target.slug}"
    body = json.dumps({"query": _QUERY, "variables": {"url": url}}).encode()
    async with _lend_key(settings, target.account_id) as token:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            answer = await ask((settings.api_host, settings.api_port), "/graphql", headers=headers, body=body)
        except NoAnswerError as error:
            raise BrokenError(str(error), "start `creatrail api`, or correct API_PORT") from error
    totals = _read_totals(answer)
    if totals is None:
        raise BrokenError(
            f"answers {answer.status}, but not with this link: {answer.body[:200].decode(errors='replace')}",
            "if it knows no such link, it reads another database: give api and redirector the same DATABASE_URL",
        )
    if totals["testClicks"] < tests_at_least:
        raise BrokenError(
            f"shows {totals['testClicks']} test clicks of {url}, the report has {tests_at_least}",
            "the api reads another database, or a replica that is behind",
        )
    return Finding(f"shows {totals['testClicks']} test clicks among {totals['totalClicks']} of this link")


@asynccontextmanager
async def _lend_key(settings: Settings, account_id: int) -> AsyncIterator[str]:
    """A key that may read for a minute, and is gone sooner: the graph answers nobody without one."""
    async with open_orm(settings):
        expires_at = utc_now() + _KEY_LIFETIME
        lent = await create_api_key(account_id, "creatrail doctor", [Scope.READ], expires_at=expires_at)
        try:
            yield lent.token
        finally:
            await ApiKey.filter(id=lent.row.id).delete()


def _read_totals(answer: Answer) -> dict[str, int] | None:
    if answer.status != HTTPStatus.OK:
        return None
    try:
        said: Any = json.loads(answer.body)
        totals: dict[str, int] = said["data"]["linkByUrl"]["totals"]
    except (ValueError, KeyError, TypeError):
        return None
    return totals
