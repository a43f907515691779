import pytest

from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key, revoke_api_key

CLICKS = "subscription { clicks { __typename } }"


class TestCredentials:
    async def test_a_revoked_key_ends_its_streams(self, served: ServedGraph, acme: Tenant) -> None:
        made = await create_api_key(acme.account.id, "test", [Scope.READ])
        async with served.open_stream(made.token) as stream:
            await stream.subscribe(CLICKS)
            assert (await stream.receive_event())["__typename"] == "StreamReady"
            await revoke_api_key(acme.account.id, made.row.id)

            message = await stream.receive()

        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    async def test_a_revoked_key_starts_nothing_on_a_connection_that_is_open(
        self, served: ServedGraph, acme: Tenant
    ) -> None:
        made = await create_api_key(acme.account.id, "test", [Scope.READ])
        async with served.open_stream(made.token) as stream:
            await stream.subscribe("{ viewer { account { name } } }")
            assert (await stream.receive_event())["account"]["name"] == acme.account.name
            assert (await stream.receive())["type"] == "complete"
            await revoke_api_key(acme.account.id, made.row.id)
            await stream.subscribe("{ viewer { account { name } } }", operation="2")

            assert await stream.receive_close() == 4403

    @pytest.mark.parametrize("key", [None, "ct_live_unknown0_" + "x" * 40, "garbage"])
    async def test_no_connection_without_a_key(self, served: ServedGraph, key: str | None) -> None:
        async with served.connect() as stream:
            await stream.init(key)

            assert await stream.receive_close() == 4403

    async def test_a_key_may_come_in_the_header_of_the_handshake(self, served: ServedGraph, acme: Tenant) -> None:
        headers = {"Authorization": f"Bearer {acme.key}"}
        async with served.connect(headers=headers) as stream:
            await stream.init(None)

            assert await stream.receive() == {"type": "connection_ack"}


class TestProtocol:
    @pytest.mark.parametrize(
        "text", ["[]", '"x"', "1", "null", "{", "{}", '{"type": 5}', '{"type": "nothing"}', '{"type": "subscribe"}',
                 '{"type": "subscribe", "id": [], "payload": {"query": "{ __typename }"}}',
                 '{"type": "subscribe", "id": "1", "payload": "x"}', '{"type": "complete", "id": {}}',
                 '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
                 '{"type": "connection_init", "payload": 1}']
    )  # fmt: skip
    async def test_garbage_closes_the_connection(self, served: ServedGraph, text: str) -> None:
        async with served.connect() as stream:
            await stream.send_text(text)

            assert await stream.receive_close() == 4400

    async def test_nothing_is_answered_before_the_key(self, served: ServedGraph) -> None:
        async with served.connect() as stream:
            await stream.subscribe("{ __typename }")

            assert await stream.receive_close() == 4401

    async def test_a_page_of_another_origin_cannot_connect(self, served: ServedGraph) -> None:
        with pytest.raises(Exception, match="403"):
            async with served.connect(headers={"Origin": "https://evil.example"}):
                pass

    @pytest.mark.parametrize("document", ["{", "{a" * 1_990, "query ($a: " + "[" * 3_000])
    async def test_what_does_not_parse_is_answered_as_over_http(
        self, served: ServedGraph, acme: Tenant, caplog: pytest.LogCaptureFixture, document: str
    ) -> None:
        over_http = (await acme.graph.post(document, api_key=acme.key)).json()["errors"]
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(document)

            assert await stream.receive() == {"type": "error", "id": "1", "payload": over_http}
            await stream.subscribe("{ viewer { account { name } } }")  # with the same id, on the same connection
            assert (await stream.receive_event())["account"]["name"] == acme.account.name
        assert over_http[0]["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []

    async def test_a_connection_has_at_most_ten_subscriptions(self, served: ServedGraph, acme: Tenant) -> None:
        async with served.open_stream(acme.key) as stream:
            for number in range(11):
                await stream.subscribe(CLICKS, operation=str(number))
            answers = [await stream.receive() for _ in range(11)]

        refused = [answer for answer in answers if answer["type"] == "error"]
        assert [answer["id"] for answer in refused] == ["10"]

    async def test_a_message_beyond_the_limit_closes_the_connection(self, served: ServedGraph) -> None:
        async with served.connect() as stream:
            await stream.send_text(" " * (64 * 1024 + 1))

            assert await stream.receive_close() == 1009

    async def test_queries_over_one_connection_see_what_changes(self, served: ServedGraph, acme: Tenant) -> None:
        async with served.open_stream(acme.key) as stream:
            names = []
            for name in ("Acme", "Ajax"):
                await Account.filter(id=acme.account.id).update(name=name)
                await stream.subscribe("{ viewer { account { name } } }")
                names.append((await stream.receive_event())["account"]["name"])
                assert (await stream.receive())["type"] == "complete"

        assert names == ["Acme", "Ajax"]
