import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError

from api.pagination import Connection, Page, encode_cursor, make_connection, read_page


def read(
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> Page:
    return read_page(first, after, last, before, key_type=tuple[int], order="numbers.ASC")


def show(rows: list[int], page: Page) -> Connection[int]:
    return make_connection(rows, page, lambda row: row, lambda row: (row,))


class TestArguments:
    def test_fifty_are_shown_when_nothing_is_said(self) -> None:
        assert read() == Page(50, None, is_backward=False, order="numbers.ASC")

    def test_a_cursor_gives_back_its_sort_key(self) -> None:
        assert read(first=2, after=encode_cursor((7,), "numbers.ASC")).bound == (7,)
        assert read(last=2, before=encode_cursor((7,), "numbers.ASC")) == Page(
            2, (7,), is_backward=True, order="numbers.ASC"
        )

    def test_a_sort_key_keeps_its_types(self) -> None:
        key = (dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC), UUID(int=5), "ä", 2**53)

        page = read_page(
            None, encode_cursor(key, "o"), None, None, key_type=tuple[dt.datetime, UUID, str, int], order="o"
        )

        assert page.bound == key

    @pytest.mark.parametrize(
        "arguments",
        [
            {"first": -1},
            {"first": 101},
            {"last": 101},
            {"first": 1, "last": 1},
            {"first": 1, "before": encode_cursor((7,), "numbers.ASC")},
            {"after": ""},
            {"after": "garbage"},
            {"after": "\ud800"},
            {"after": encode_cursor((7,), "numbers.DESC")},
            {"after": encode_cursor(("seven",), "numbers.ASC")},
            {"after": encode_cursor((7, 7), "numbers.ASC")},
            {"after": encode_cursor((2**63,), "numbers.ASC")},
        ],
    )
    def test_what_cannot_be_meant_is_the_clients_fault(self, arguments: dict[str, Any]) -> None:
        with pytest.raises(GraphQLError) as refused:
            read(**arguments)

        assert refused.value.extensions == {"code": "BAD_USER_INPUT"}


class TestConnection:
    def test_the_row_too_many_says_that_there_is_more(self) -> None:
        connection = show([1, 2, 3], read(first=2))

        assert connection.nodes == [1, 2]
        assert [edge.node for edge in connection.edges] == [1, 2]
        assert (connection.page_info.has_next_page, connection.page_info.has_previous_page) == (True, False)
        assert read(after=connection.page_info.end_cursor).bound == (2,)

    def test_a_page_backwards_stands_in_the_order_of_the_list(self) -> None:
        connection = show([8, 7, 6], read(last=2, before=encode_cursor((9,), "numbers.ASC")))

        assert connection.nodes == [7, 8]
        assert (connection.page_info.has_next_page, connection.page_info.has_previous_page) == (True, True)
        assert read(before=connection.page_info.start_cursor).bound == (7,)

    def test_an_empty_page_has_no_cursors(self) -> None:
        page_info = show([], read(first=2)).page_info

        assert (page_info.start_cursor, page_info.end_cursor, page_info.has_next_page) == (None, None, False)
