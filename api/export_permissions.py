"""Writes docs/permissions.md, who may do what, from the graph itself; run by `./dev schema`. A test compares it."""

from pathlib import Path
from typing import Final, NamedTuple

from strawberry.types.field import StrawberryField

from api.permissions import HasScope, IsServer
from api.schema import schema
from tracking.accounts.models import Role, Scope
from tracking.accounts.rules import scopes_of

PERMISSIONS_FILE: Final = Path(__file__).parent.parent / "docs/permissions.md"
_YES, _NO = "yes", ""
_INTRODUCTION: Final = """\
# Who may do what

An API key has scopes, a user a role; a wider one includes the narrower ones. A session of a user may do what both the
role and the key that issued it allow, and makes no other session. A session of a creator may change nothing, and sees
only what is the creator's: it is told of the rest as of fields that do not exist. Everybody else who may not do it is
answered `FORBIDDEN`, and whoever sends no valid credential `UNAUTHENTICATED`.

`./dev schema` writes this page; a test asks every mutation with every kind of credential.
"""


class Need(NamedTuple):
    """What a root field asks for. One that `needs_key` takes no session, whatever its role."""

    scope: Scope
    needs_key: bool

    def allows_role(self, role: Role) -> bool:
        return not self.needs_key and self.scope in scopes_of(role)


def list_needs(root: str) -> dict[str, Need]:
    """By the field's name in the graph, sorted."""
    definition = schema.get_type_by_name(root)
    fields: list[StrawberryField] = getattr(definition, "fields", [])
    return dict(sorted((schema.config.name_converter.from_field(field), _read_need(field)) for field in fields))


def export_permissions() -> str:
    parts = [
        _INTRODUCTION,
        "## Mutations\n",
        _write_table(list_needs("Mutation")),
        "## Queries and subscriptions\n",
        f"Each needs the scope {Scope.READ.value}, which every role has, but for these:\n",
        _write_table({name: need for name, need in list_needs("Query").items() if need.scope is not Scope.READ}),
    ]
    return "\n".join(parts)


def _read_need(field: StrawberryField) -> Need:
    [scope] = [each.needed for each in field.permission_classes if issubclass(each, HasScope)]
    return Need(scope, IsServer in field.permission_classes)


def _write_table(needs: dict[str, Need]) -> str:
    header = ["Field", "Scope of a key", *(role.value for role in Role), "Creator"]
    lines = [header, ["---"] * len(header)]
    for name, need in needs.items():
        allowed = [_YES if need.allows_role(role) else _NO for role in Role]
        lines.append([f"`{name}`", need.scope.value, *allowed, _NO])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PERMISSIONS_FILE.write_text(export_permissions())
