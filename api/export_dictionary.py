"""Writes docs/export-columns.md, what stands in the columns of exports, from their layouts; run by `./dev schema`.

A test compares it.
"""

from pathlib import Path
from typing import Final

from tracking.exports.kinds.registered import LAYOUTS
from tracking.exports.layouts import Layout
from tracking.exports.parameters import NAMES

DICTIONARY_FILE: Final = Path(__file__).parent.parent / "docs/export-columns.md"
_INTRODUCTION: Final = """\
# The columns of exports

What stands in each, kind by kind; `dataDictionary` of the graph says the same. How to ask stands in
[exports.md](exports.md).
A MOMENT is of the account's time zone, a DECIMAL has a point and no separators, and an empty cell says that there is
nothing, or that nobody knows.

`./dev schema` writes this page; a test compares it.
"""


def write_dictionary() -> str:
    return "\n".join([_INTRODUCTION, *(_write_kind(layout) for layout in sorted(LAYOUTS, key=lambda each: each.kind))])


def _write_kind(layout: Layout) -> str:
    takes = ", ".join(
        f"`{NAMES.get(name, name)}`" for name in sorted(layout.takes, key=lambda each: NAMES.get(each, each))
    )
    needs = ", ".join(f"`{NAMES.get(name, name)}`" for name in sorted(layout.needs))
    about = f"Takes {takes or 'nothing'}" + (f"; needs {needs}." if needs else ".")
    lines = [("Column", "Type", ""), ("---", "---", "---")]
    lines += [
        (f"`{column.name}`", column.type_name, column.description.replace("|", "\\|")) for column in layout.columns
    ]
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"## {layout.kind.value}\n\n{layout.description} {about}\n\n{table}"


if __name__ == "__main__":
    DICTIONARY_FILE.write_text(write_dictionary())
