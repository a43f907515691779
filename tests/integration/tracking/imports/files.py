"""Imports for tests of the use cases: a file put in place without HTTP, and run."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.importing import write_csv
from tracking.accounts.models import Account
from tracking.clicks.tokens import ClickTokens
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportProblem
from tracking.imports.running import run_import
from tracking.imports.service import NewImport, create_import
from tracking.imports.uploads import add_chunk, complete_upload
from tracking.settings import ClickTokenKey

MIN_CHUNK_BYTES = 4_096
CLICK_TOKENS = ClickTokens([ClickTokenKey(key_id=1, secret=b"a click token key of these tests")])


async def put_file(account: Account, kind: ImportKind, content: bytes | Sequence[Sequence[str]], **given: Any) -> int:
    """The id of an import whose file is complete."""
    if not isinstance(content, bytes):
        content = write_csv(content)
    if "format" not in given:
        given["format"] = ImportFormat.CSV
    row = await create_import(account.id, NewImport(kind, **given))
    attempt = uuid4()
    chunk_bytes = max(MIN_CHUNK_BYTES, len(content) // 100)
    for number, start in enumerate(range(0, len(content), chunk_bytes)):
        await add_chunk(row.id, attempt, number, content[start : start + chunk_bytes])
    await complete_upload(row.id, attempt, size_bytes=len(content), sha256=b"")
    import_id: int = row.id
    return import_id


async def run(import_id: int) -> Import:
    await run_import(import_id, notify_nobody, CLICK_TOKENS.verify)
    return await Import.get(id=import_id)


async def bring(account: Account, kind: ImportKind, content: bytes | Sequence[Sequence[str]], **given: Any) -> Import:
    return await run(await put_file(account, kind, content, **given))


async def list_problems(row: Import) -> list[tuple[int, str, str]]:
    """Line, column and code."""
    problems = await ImportProblem.filter(of_import_id=row.id).order_by("line", "id")
    return [(problem.line, problem.column, problem.code) for problem in problems]


def count(row: Import) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, bad."""
    return (row.created, row.updated, row.unchanged, row.bad)


async def notify_nobody() -> None:
    """There is no redirector in these tests."""
