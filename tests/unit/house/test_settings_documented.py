"""Every setting stands in .env.example and docs/configuration.md with its true default, and nothing else does."""

import re

import msgspec
import pytest

from tests.unit.house.compose import read_interpolated_variables
from tests.unit.house.sources import ROOT
from tracking.settings import Settings, load_settings

VARIABLES = {field.name.upper() for field in msgspec.structs.fields(Settings)}
REQUIRED = {
    "DATABASE_URL": "postgresql://creatrail@localhost/creatrail",
    "REDIS_URL": "redis://localhost",
    "CLICK_TOKEN_KEYS": "1:AAAAAAAAAAAAAAAAAAAAAA",
    "COOKIE_SECRET": "AAAAAAAAAAAAAAAAAAAAAA",
}


def read_example() -> dict[str, str]:
    return dict(re.findall(r"^#?([A-Z][A-Z_]*)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def read_configuration() -> dict[str, str]:
    page = (ROOT / "docs/configuration.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", page, re.MULTILINE))


@pytest.fixture(params=[read_example, read_configuration], ids=[".env.example", "docs/configuration.md"])
def documented(request: pytest.FixtureRequest) -> dict[str, str]:
    read: dict[str, str] = request.param()
    return read


class TestDocumentedSettings:
    def test_no_setting_is_missing(self, documented: dict[str, str]) -> None:
        assert VARIABLES - documented.keys() == set()

    def test_no_variable_is_documented_that_nobody_reads(self, documented: dict[str, str]) -> None:
        assert documented.keys() - VARIABLES - read_interpolated_variables() == set()

    def test_every_default_is_the_true_one(self, documented: dict[str, str]) -> None:
        optional = {name: value for name, value in documented.items() if name not in REQUIRED}

        assert load_settings({**optional, **REQUIRED}) == load_settings(REQUIRED)

    def test_required_settings_have_no_default(self, documented: dict[str, str]) -> None:
        assert [name for name in REQUIRED if documented[name]] == []
