"""The account itself, and anything by its id."""

from tests.tenancy.cases import ask
from tests.tenancy.unknown import UNKNOWN_IDS

CASES = (
    ask("viewer", "viewer { account { id } }"),
    *(ask("node", f'node(id: "${name}") {{ id __typename }}', "id") for name in UNKNOWN_IDS.nodes),
    *(ask("nodes", f'nodes(ids: ["${name}"]) {{ id __typename }}', "ids") for name in UNKNOWN_IDS.nodes),
)
