"""GraphQL over HTTP and WebSockets: what strawberry leaves open of the two protocols, and the limits of a request."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UnsetType

from api.context import Context
from api.schema import schema
from api.services import Services
from tracking.accounts.credentials import Credential, find_credential, is_still_valid

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
OPERATION_DEADLINE_S: Final = 10.0
INIT_DEADLINE: Final = timedelta(seconds=5)
MAX_SUBSCRIPTIONS_A_CONNECTION: Final = 10
_BEARER: Final = "bearer "


class WebSocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes with 4400, as the protocol asks, on what is no message of it, and with 4403 once the key is revoked."""

    async def handle_message(self, message: Any) -> None:
        if not is_message(message):
            await self.handle_invalid_message("This is no message of graphql-transport-ws.")
        elif message["type"] == "subscribe" and self.connection_acknowledged and not await self._has_valid_key():
            await self.websocket.close(code=4403, reason="Forbidden")
        else:
            await super().handle_message(message)

    async def _has_valid_key(self) -> bool:
        """Asked for each operation, as over HTTP: connections outlive keys."""
        credential = self.context.credential
        return credential is not None and await is_still_valid(credential)


class GraphEndpoint(GraphQL[Context, None]):
    graphql_transport_ws_handler_class = WebSocketHandler

    def __init__(self, max_body_bytes: int) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_DEADLINE,
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS_A_CONNECTION,
        )
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _limit_body(receive, self._max_body_bytes)
        await super().__call__(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002 -- the library's
        services: Services = request.app.state.services
        credential = await _authenticate(request.headers.get("authorization"))
        return services.make_context(credential, can_stream=isinstance(request, WebSocket))

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Browsers can set no header on a WebSocket: the key may come with connection_init."""
        given = (context.connection_params or {}).get("Authorization")
        if isinstance(given, str):
            context.credential = await _authenticate(given)
        if context.credential is None:
            raise ConnectionRejectionError
        return UnsetType()

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        if GRAPHQL_RESPONSE in request.headers.get("accept", ""):
            response.media_type = GRAPHQL_RESPONSE
        return response

    def parse_json(self, data: str | bytes) -> Any:
        try:
            parsed = super().parse_json(data)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "Unable to parse request body as JSON") from error
        if isinstance(parsed, list):
            raise HTTPException(400, "Send one operation in each request")
        if not isinstance(parsed, dict) or not isinstance(parsed.get("operationName"), str | None):
            raise HTTPException(400, "Expected a JSON object with query, variables and operationName")
        return parsed

    async def execute_operation(  # noqa: PLR0917 -- the library's
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        try:
            async with asyncio.timeout(OPERATION_DEADLINE_S):
                return await super().execute_operation(
                    request, request_adapter, request_data, context, root_value, sub_response
                )
        except TimeoutError as error:
            raise HTTPException(503, f"No answer within {OPERATION_DEADLINE_S:.0f} s") from error

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        if isinstance(result, PreExecutionError):
            answer.pop("data", None)  # nothing was executed, and data: null would say that something was
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = super().create_response(response_data, sub_response)
        if sub_response.media_type == GRAPHQL_RESPONSE:
            response.headers["content-type"] = f"{GRAPHQL_RESPONSE}; charset=utf-8"
            if "data" not in response_data:
                response.status_code = 400
        return response


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


async def _authenticate(header: str | None) -> Credential | None:
    if header is None or not header.lower().startswith(_BEARER):
        return None
    return await find_credential(header[len(_BEARER) :].strip())


def _limit_body(receive: Receive, max_bytes: int) -> Receive:
    """Stop reading a body that is too large, however it is sent."""
    read = 0

    async def receive_limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > max_bytes:
            raise HTTPException(413, f"A request has at most {max_bytes} bytes")
        return message

    return receive_limited
