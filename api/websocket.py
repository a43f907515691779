"""graphql-transport-ws: what strawberry leaves open of the protocol."""

from typing import Any

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from api.browser_origins import may_ask
from api.context import Context
from tracking.accounts.credentials import renew_credential


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes with 4400, as the protocol asks, on what is no message of it, and with 4403 once the credential ended."""

    async def handle_message(self, message: Any) -> None:
        if not is_message(message):
            await self.handle_invalid_message("This is no message of graphql-transport-ws.")
        elif message["type"] == "subscribe" and self.connection_acknowledged and not await self._renew():
            await self.websocket.close(code=4403, reason="Forbidden")
        else:
            await super().handle_message(message)

    async def _renew(self) -> bool:
        """For each operation, as over HTTP: connections outlive keys, roles and allowed origins."""
        held = self.context.credential
        credential = await renew_credential(held) if held is not None else None
        if credential is None or not may_ask(self.context.other_origin, credential):
            return False
        self.context.credential = credential
        return True


def is_message(message: Any) -> bool:
    """The form of a client's message; strawberry would fail on another in the middle of its work."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in {"connection_init", "ping", "pong"}:
        return isinstance(message.get("payload", {}), dict | None)
    if message["type"] == "complete":
        return isinstance(message.get("id"), str)
    payload = message.get("payload")
    return (
        isinstance(message.get("id"), str)
        and isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
