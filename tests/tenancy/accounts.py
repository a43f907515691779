"""The account itself: its settings, people, keys, and anything by its id."""

from tests.tenancy.cases import LISTED, ask, change
from tests.tenancy.unknown import UNKNOWN_IDS

CASES = (
    ask("viewer", "viewer { account { id } }"),
    ask("users", f"users {{ {LISTED} }}"),
    ask("apiKeys", f"apiKeys {{ {LISTED} }}"),
    *(ask("node", f'node(id: "${name}") {{ id __typename }}', "id") for name in UNKNOWN_IDS.nodes),
    *(ask("nodes", f'nodes(ids: ["${name}"]) {{ id __typename }}', "ids") for name in UNKNOWN_IDS.nodes),
    change("updateAccountSettings", 'name: "Own"'),
    change("updateAccountPages", 'branding: { name: "Own" }'),
    change("createUsers", 'users: [{ name: "Own", role: VIEWER }]'),
    change("createApiKey", 'name: "own", scopes: [READ]'),
    change("createSessionToken", 'userId: "$User", ttlS: 60', "userId"),
    change("createSessionToken", 'creatorId: "$Creator", ttlS: 60', "creatorId"),
    change("updateUser", 'id: "$User", name: "Taken over"', "id"),
)
LAST_CASES = (
    change("archiveUser", 'id: "$User"', "id"),
    change("revokeApiKey", 'id: "$ApiKey"', "id"),
)
