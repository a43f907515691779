"""Root fields about webhooks."""

from typing import Annotated

import strawberry

from api.context import Context, Info
from api.ids import read_id, read_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsAdmin
from api.webhook_words import EndpointStatus
from api.webhooks.types import WebhookEndpoint, load_webhook
from tracking.webhooks.queries import list_endpoints


@strawberry.input(description="Which webhooks. What is left out or null restricts nothing.")
class WebhookEndpointFilter:
    statuses: list[EndpointStatus] | None = strawberry.field(default=None, description="With any of these statuses.")


async def find_webhook(context: Context, key: str) -> WebhookEndpoint | None:
    return await load_webhook(context, read_key(key))


register_node("WebhookEndpoint", find_webhook)


@strawberry.type
class WebhookQuery:
    @strawberry.field(
        description="A webhook by its id; null when this account has none such.", permission_classes=[IsAdmin]
    )
    async def webhook(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Of the webhook.")],  # noqa: A002 -- the name in the graph
    ) -> WebhookEndpoint | None:
        return await load_webhook(info.context, read_id(id, "WebhookEndpoint"))

    @strawberry.field(description="The account's webhooks, the newest first.", permission_classes=[IsAdmin])
    async def webhooks(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 -- the name in the graph
            WebhookEndpointFilter | None, strawberry.argument(description="Which ones; all when left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookEndpoint]:
        page = read_page(first, after, last, before, key_type=tuple[int], order="webhooks")
        statuses = filter.statuses if filter else None
        rows = await list_endpoints(info.context.pool, info.context.account_id, statuses, page.window)
        return make_connection(rows, page, WebhookEndpoint.from_row, lambda row: (row.id,))
