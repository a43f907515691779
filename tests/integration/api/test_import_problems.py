"""What is wrong with the rows of imports: filtered, in either order, and for any number of imports at once."""

import pytest

from tests.brand import make_brand
from tests.graph import open_graph
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.imports.models import Import, ImportFormat, ImportKind, ImportProblem
from tracking.imports.rules import ProblemCode
from tracking.settings import Settings

LINES = [
    (2, "handle", ProblemCode.TAKEN),
    (3, "handle", ProblemCode.INVALID),
    (4, "name", ProblemCode.INVALID),
    (5, "handle", ProblemCode.INVALID),
]


async def make_import(account: Account) -> None:
    made = await Import.create(
        account=account, kind=ImportKind.CREATORS, format=ImportFormat.CSV, upload_expires_at=utc_now()
    )
    for line, column, code in LINES:
        await ImportProblem.create(of_import=made, line=line, column=column, code=code.value, message="no")


@pytest.mark.feature("CU11")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("first: 2", [2, 3]),
        ("orderBy: DESC", [5, 4, 3, 2]),
        ("orderBy: DESC, last: 1", [2]),
        ("filter: { codes: [INVALID] }", [3, 4, 5]),
        ('filter: { codes: [INVALID], columns: ["handle"] }, orderBy: DESC', [5, 3]),
        ("filter: { codes: [] }", []),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.usefixtures("answered_once")
async def test_the_problems_of_all_imports_of_a_list_take_one_statement(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, arguments: str, expected: list[int], count: int
) -> None:
    query = f"{{ imports {{ nodes {{ problems({arguments}) {{ nodes {{ line }} }} }} }} }}"
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            for _ in range(count):
                await make_import(account)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            found = (await graph.ask(query, api_key=key))["imports"]["nodes"]

    lines = [[problem["line"] for problem in each["problems"]["nodes"]] for each in found]
    assert lines == [expected] * count
    assert len(statements) == 3  # the key, the imports, their problems
