"""Imports as a brand does them: announce, PUT, wait for the worker, read what became of it. Over HTTP alone."""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx2

from tests.waiting import eventually

CREATE_IMPORT = """
    mutation ($input: CreateImportInput!) {
        createImport(input: $input) {
            __typename
            ... on CreateImportSuccess { import { id status uploadUrl } }
            ... on UserError { code path }
        }
    }
"""
READ_IMPORT = """
    query ($id: ID!, $after: String) {
        node(id: $id) {
            ... on Import {
                status failure sizeBytes sha256 rowsTotal rowsDone created updated unchanged bad badRowsUrl uploadUrl
                problems(first: 100, after: $after) {
                    nodes { line column value code message } pageInfo { endCursor hasNextPage }
                }
            }
        }
    }
"""
Ask = Callable[..., Awaitable[dict[str, Any]]]


def read_no_click(token: str) -> None:
    """Nothing is a click id of ours where a file names none."""


def write_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


async def announce(ask: Ask, **given: Any) -> dict[str, str]:
    """The new import: its id and uploadUrl."""
    answer = (await ask(CREATE_IMPORT, input=given))["createImport"]
    assert answer["__typename"] == "CreateImportSuccess", answer
    found: dict[str, str] = answer["import"]
    return found


async def upload(client: httpx2.AsyncClient, url: str, content: bytes) -> None:
    answer = await client.put(url, content=content)
    assert answer.status_code == 201, answer.text


async def read_import(ask: Ask, import_id: str) -> dict[str, Any]:
    """As the graph tells it, with all of its problems."""
    found: dict[str, Any] = (await ask(READ_IMPORT, id=import_id))["node"]
    problems = found.pop("problems")
    while problems["pageInfo"]["hasNextPage"]:
        page = (await ask(READ_IMPORT, id=import_id, after=problems["pageInfo"]["endCursor"]))["node"]["problems"]
        problems = {"nodes": problems["nodes"] + page["nodes"], "pageInfo": page["pageInfo"]}
    return {**found, "problems": problems["nodes"]}


async def bring(ask: Ask, client: httpx2.AsyncClient, content: bytes, **given: Any) -> dict[str, Any]:
    """The import of this file once a worker that runs has ended it."""
    announced = await announce(ask, **given)
    await upload(client, announced["uploadUrl"], content)
    return await eventually(
        lambda: read_import(ask, announced["id"]), lambda found: found["status"] in {"COMPLETED", "FAILED"}
    )


def count(found: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, bad."""
    return (found["created"], found["updated"], found["unchanged"], found["bad"])
