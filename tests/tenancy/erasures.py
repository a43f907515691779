"""Erasures. Of another account nobody is forgotten."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (ask("erasures", f"erasures {{ {LISTED} }}"),)
LAST_CASES = (
    change("eraseContact", 'id: "$Contact"', "id"),
    change("eraseVisitor", 'clickIds: ["$Click"]', "clickIds"),
)
