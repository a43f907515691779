"""graphql-transport-ws: what strawberry leaves open of the protocol."""

import asyncio
from contextlib import ExitStack
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, SubscribeMessage

from api.browser_origins import may_ask
from api.context import Context
from api.open_streams import Ending, TooManyError, refuse_more, tell_ended
from tracking.accounts.credentials import renew_credential

TRY_AGAIN_LATER = 1013
FORBIDDEN = 4403


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes with 4400, as the protocol asks, on what is no message of it, and with 4403 once the credential ended."""

    async def handle(self) -> None:
        with ExitStack() as self.context.held:
            try:
                self.context.held.enter_context(self.context.streams.connect(None))
            except TooManyError as refused:
                await self.websocket.close(code=TRY_AGAIN_LATER, reason=str(refused))
            else:
                await super().handle()

    async def handle_message(self, message: Any) -> None:
        if not is_message(message):
            await self.handle_invalid_message("This is no message of graphql-transport-ws.")
        elif message["type"] == "subscribe" and self.connection_acknowledged and not await self._renew():
            await self.websocket.close(code=FORBIDDEN, reason="Forbidden")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        try:
            await super().handle_connection_init(message)
        except TooManyError as refused:
            await self.websocket.close(code=TRY_AGAIN_LATER, reason=str(refused))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        most = self.max_subscriptions_per_connection
        if most is not None and message["id"] not in self.operations and len(self.operations) >= most:
            refused = refuse_more(f"A connection runs at most {most} operations at once: open another one.")
            await self.send_message({"id": message["id"], "type": "error", "payload": [refused.formatted]})
        else:
            await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        try:
            await super().run_operation(operation)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            ending = self.context.streams.why_ended(task)
            if task is None or ending is None:
                raise
            task.uncancel()
            if ending is Ending.CREDENTIAL_ENDED:
                await self._say_ended(operation)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """What does not parse is one operation's mistake, as over HTTP: the others of the connection go on."""
        if isinstance(error, GraphQLSyntaxError):
            return None
        return BaseGraphQLTransportWSHandler._get_pre_execution_close_reason(error)  # noqa: SLF001 -- no other way to it

    async def _say_ended(self, operation: Operation[Context, None]) -> None:
        """To each stream, and then close: whatever else would be asked here has the same credential."""
        try:
            last: Any = {"data": None, "errors": [tell_ended().formatted]}
            await operation.send_operation_message({"id": operation.id, "type": "next", "payload": last})
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
            if not self.operations:
                await self.websocket.close(code=FORBIDDEN, reason="Forbidden")
        except WebSocketDisconnected:
            return

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
