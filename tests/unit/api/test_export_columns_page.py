"""The page about the columns of exports says what the layouts say."""

import pytest

from api.export_dictionary import DICTIONARY_FILE, write_dictionary
from tracking.exports.kinds.registered import LAYOUTS
from tracking.exports.models import ExportKind

pytestmark = pytest.mark.feature("IM21")


def test_the_page_is_what_the_layouts_say() -> None:
    assert DICTIONARY_FILE.read_text() == write_dictionary(), "write it anew with ./dev schema"


def test_every_kind_has_a_layout() -> None:
    assert {layout.kind for layout in LAYOUTS} == set(ExportKind)


def test_no_column_stands_twice_in_a_kind_and_each_is_described() -> None:
    for layout in LAYOUTS:
        names = [column.name for column in layout.columns]
        assert len(set(names)) == len(names), layout.kind
        assert all(column.description.endswith(".") for column in layout.columns), layout.kind


def test_what_a_kind_needs_it_takes() -> None:
    assert [layout.kind for layout in LAYOUTS if layout.needs - layout.takes] == []
