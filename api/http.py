"""GraphQL over HTTP and WebSockets: what strawberry leaves open of the two protocols, and the limits of a request."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeAlias, cast

import structlog
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.unset import UnsetType

from api.browser_origins import answer_preflight, let_read, may_ask, read_other_origin
from api.context import Context
from api.graphiql_page import show_page
from api.graphql_request import is_subscription, read_json, read_message, read_operation, read_parameters
from api.http_streams import MULTIPART, SSE, EventStream, Frame, MultipartStream, StreamedResponse, tell_once
from api.negotiation import (
    GRAPHQL_RESPONSE,
    JSON,
    STREAM_TYPES,
    accepts_html,
    choose_media_type,
    choose_stream,
    is_json,
)
from api.schema import schema
from api.services import Services
from api.websocket import WebSocketHandler
from tracking.accounts.credentials import Credential, find_credential
from tracking.accounts.sessions import SESSION_START, find_session
from tracking.database import TRANSIENT_ERRORS
from tracking.settings import Settings

OPERATION_DEADLINE_S: Final = 10.0
INIT_DEADLINE: Final = timedelta(seconds=5)
MAX_SUBSCRIPTIONS_A_CONNECTION: Final = 10
MAX_STRANGERS_BODY_BYTES: Final = 64 * 1024  # who shows no credential has nothing to send in bulk
_log = structlog.get_logger("api")
_BEARER: Final = "bearer "
_TRANSPORTS: Final[dict[str, HTTPStreamTransport]] = {SSE: EventStream(), MULTIPART: MultipartStream()}
_Results: TypeAlias = AsyncGenerator[ExecutionResult, None]
_CODES: Final = {
    400: "BAD_REQUEST",
    403: "ORIGIN_NOT_ALLOWED",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "UNAVAILABLE",
}
_NOT_FOR_PAGES: Final = (
    "Pages of this origin may not ask here: they need a session token of an account that allows the origin. API keys"
    " are for servers."
)


class GraphEndpoint(GraphQL[Context, None]):
    graphql_transport_ws_handler_class = WebSocketHandler

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_DEADLINE,
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS_A_CONNECTION,
        )
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await self._answer(Request(scope, receive))
            await response(scope, receive, send)
        else:
            websocket = WebSocket(scope, receive, send)
            if read_other_origin(websocket.headers) is not None:
                await _services(websocket).origins.refresh()
            await super().__call__(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        """Every answer over HTTP, refusals included, with what a browser needs to hand it to its page."""
        if self._is_for_people(request):
            return show_page(self._settings.web_assets_dir)
        origins = _services(request).origins
        origin = read_other_origin(request.headers)
        if origin is not None:
            await origins.refresh()
        if request.method == "OPTIONS":
            response = answer_preflight(origin, origins)
        else:
            response = await self._answer_operation(request, origin)
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.append("Vary", "Accept")
        let_read(response, origin, origins)
        return response

    def _is_for_people(self, request: Request) -> bool:
        is_question = request.method != "GET" or "query" in request.query_params
        return self._settings.graphiql and not is_question and accepts_html(request.headers.get("accept"))

    async def _answer_operation(self, request: Request, origin: str | None) -> Response:
        services = _services(request)
        try:
            credential = await _authenticate(request.headers.get("authorization"), services.settings)
            if not (may_ask(origin, credential) if credential else origin is None or origin in services.origins):
                raise HTTPException(403, _NOT_FOR_PAGES)  # noqa: TRY301 -- refused as everything else is
            max_bytes = services.settings.graphql_max_body_bytes
            if credential is None:
                max_bytes = min(max_bytes, MAX_STRANGERS_BODY_BYTES)
            limited = Request(request.scope, _limit_body(request.receive, max_bytes))
            context = services.make_context(credential)
            context.other_origin = origin
            context.traceparent = request.headers.get("traceparent")
            return await self.run(limited, context)
        except HTTPException as error:
            return _refuse(error, request.method)
        except TRANSIENT_ERRORS as error:  # only from the credential: what fails in a field is masked there
            _log.warning("credential_not_read", reason=type(error).__name__)
            return _refuse(HTTPException(503, "The service cannot tell whose credential this is"), request.method)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002 -- the library's
        """Of a WebSocket connection; requests bring theirs."""
        services = _services(request)
        credential = await _authenticate(request.headers.get("authorization"), services.settings)
        context = services.make_context(credential, can_stream=True)
        context.other_origin = read_other_origin(request.headers)
        return context

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        return origin in _services(request).origins

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Browsers can set no header on a WebSocket: the credential may come with connection_init."""
        given = (context.connection_params or {}).get("Authorization")
        if isinstance(given, str):
            context.credential = await _authenticate(given, context.settings)
        if context.credential is None or not may_ask(context.other_origin, context.credential):
            raise ConnectionRejectionError
        context.held.close()  # its place among strangers
        context.held.enter_context(context.streams.connect(context.credential))
        return UnsetType()

    def decode_json(self, data: str | bytes) -> object:
        return read_message(data)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        accept = request.headers.get("accept")
        response.media_type = choose_media_type(accept)
        if response.media_type is None and choose_stream(accept) is None:
            raise HTTPException(406, f"Answers are {GRAPHQL_RESPONSE} or {JSON}; streams {' or '.join(STREAM_TYPES)}")
        return response

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002 -- the library's
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        data = await self._read_operation(request)
        accept = request.headers.get("accept")
        stream = choose_stream(accept)
        if stream is not None and (choose_media_type(accept) is None or self._is_subscription(data)):
            data.protocol = stream
        return data

    def _is_subscription(self, data: GraphQLRequestData) -> bool:
        return is_subscription(data, self._settings.graphql_max_tokens)

    async def _read_operation(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        if request.method == "GET":
            return read_parameters({name: str(value) for name, value in request.query_params.items()})
        if not is_json(request.content_type):
            raise HTTPException(415, f"Send {JSON} in UTF-8")
        return read_operation(read_json(await request.get_body(), "the body"))

    async def execute_operation(  # noqa: PLR0917 -- the library's
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: Context,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        if isinstance(request_data, list):
            raise TypeError("batches are refused when they are read")
        if request_data.protocol != "http" and self._is_subscription(request_data):
            context.can_stream = True
            return _stream(
                await schema.stream(
                    request_data.query, request_data.variables, context, operation_name=request_data.operation_name
                )
            )
        if request_data.protocol == MULTIPART:
            raise HTTPException(406, f"Only subscriptions are answered in parts; the rest is {GRAPHQL_RESPONSE}")
        try:
            async with asyncio.timeout(OPERATION_DEADLINE_S):
                result = await self.execute_single(
                    request, request_adapter, sub_response, context, root_value, request_data
                )
        except TimeoutError as error:
            raise HTTPException(503, f"No answer within {OPERATION_DEADLINE_S:.0f} s") from error
        except HTTPException as error:
            result = _explain(error)
        return result if request_data.protocol == "http" else _stream(tell_once(result))

    async def _create_streaming_response(
        self,
        request: Request,
        result: SubscriptionExecutionResult,
        protocol: str,
        sub_response: Response,  # noqa: ARG002 -- the library's
    ) -> Response:
        async def write() -> AsyncGenerator[Frame, None]:
            async with aclosing(cast("_Results", result)) as results:
                async for each in results:
                    yield await self.process_result(request, each)

        return StreamedResponse(write(), _TRANSPORTS[protocol], self.encode_json_string, _services(request).streams)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        if result.data is None and all(error.path is None for error in result.errors or []):
            answer.pop("data", None)  # nothing was executed, and data: null would say that something was
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = super().create_response(response_data, sub_response)
        response.headers["content-type"] = f"{sub_response.media_type}; charset=utf-8"
        if sub_response.media_type == GRAPHQL_RESPONSE and "data" not in response_data:
            response.status_code = 400
        return response


def _services(request: Request | WebSocket) -> Services:
    services: Services = request.app.state.services
    return services


async def _authenticate(header: str | None, settings: Settings) -> Credential | None:
    if header is None or not header.lower().startswith(_BEARER):
        return None
    token = header[len(_BEARER) :].strip()
    if token.startswith(SESSION_START):
        return await find_session(token, settings.cookie_secret)
    return await find_credential(token)


def _stream(results: Any) -> SubscriptionExecutionResult:
    """What the library takes for one, and calls so."""
    return cast("SubscriptionExecutionResult", results)


def _explain(error: HTTPException) -> ExecutionResult:
    """What is wrong with an operation, rather than with the request that it came in."""
    if isinstance(error.__cause__, InvalidOperationTypeError):
        raise HTTPException(405, "Mutations are sent by POST") from error
    if isinstance(error.__cause__, CannotGetOperationTypeError):
        unknown = GraphQLError(error.reason, extensions={"code": "BAD_USER_INPUT"})
        return PreExecutionError(data=None, errors=[unknown])
    raise error


def _refuse(error: HTTPException, method: str) -> Response:
    """What is no GraphQL request gets no GraphQL answer, but one that reads alike."""
    problem = {"message": error.reason, "extensions": {"code": _CODES[error.status_code]}}
    response = JSONResponse({"errors": [problem]}, status_code=error.status_code)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "POST" if method == "GET" else "GET, POST, OPTIONS"
    return response


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
