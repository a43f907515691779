"""Lists of hosting networks."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("hostingLists", f"hostingLists {{ {LISTED} }}"),
    change("putHostingList", 'name: "Own", content: "192.0.2.0/24"'),
)
LAST_CASES = (change("archiveHostingList", 'id: "$HostingList"', "id"),)
