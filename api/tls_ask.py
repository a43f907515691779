"""`GET /tls/ask?domain=`: may the TLS front get a certificate for this name? A bare yes or no, as anybody could ask."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.services import Services
from tracking.database import TRANSIENT_ERRORS
from tracking.domains.listing import is_host_served
from tracking.links.rules import normalise_host

DEADLINE_S: Final = 2.0


async def answer_tls_front(request: Request) -> Response:
    """503 while nobody can tell: the front asks again at the next visit."""
    services: Services = request.app.state.services
    host = normalise_host(request.query_params.get("domain", "")[:300])
    try:
        async with asyncio.timeout(DEADLINE_S):
            is_served = host is not None and await is_host_served(services.pool, host, timeout_s=DEADLINE_S)
    except TRANSIENT_ERRORS:
        return Response(status_code=503)
    return Response(status_code=200 if is_served else 404)
