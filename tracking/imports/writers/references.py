"""Finds the creators and campaigns that rows name, all of a batch at once."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tracking.imports.cells import Cells
from tracking.imports.rules import ProblemCode
from tracking.imports.writers.batches import Batch

_CREATORS: Final = """
    SELECT id, external_id, NULL AS handle FROM creator WHERE account_id = $1 AND external_id = ANY ($2::text[])
    UNION ALL
    SELECT found.id, NULL, given.handle FROM unnest($3::text[]) AS given (handle) CROSS JOIN LATERAL (
        SELECT id FROM creator WHERE account_id = $1 AND lower(creator.handle) = lower(given.handle) OFFSET 0
    ) AS found
"""
_CAMPAIGNS: Final = "SELECT id, external_id FROM campaign WHERE account_id = $1 AND external_id = ANY ($2::text[])"


class References(NamedTuple):
    by_external_id: Mapping[str, int]
    by_handle: Mapping[str, int]
    campaigns: Mapping[str, int]

    def read_creator(self, cells: Cells) -> int | None:
        """The external id decides; the handle counts where there is none. Not to be found is noted."""
        column = "creator_external_id" if cells.has("creator_external_id") else "creator_handle"
        ids = self.by_external_id if column == "creator_external_id" else self.by_handle
        return _read(cells, column, ids, "no creator of this account")

    def read_campaign(self, cells: Cells) -> int | None:
        return _read(cells, "campaign_external_id", self.campaigns, "no campaign of this account")


async def find_references(batch: Batch) -> References:
    external_ids = [row["creator_external_id"] for row in batch.rows if row.get("creator_external_id")]
    handles = list({row["creator_handle"] for row in batch.rows if row.get("creator_handle")})
    bare = {handle: handle.removeprefix("@") for handle in handles}
    connection, account_id = batch.connection, batch.account_id
    parameters = [account_id, external_ids, list(set(bare.values()))]
    creators = await connection.execute_query_dict(_CREATORS, parameters)
    wanted = [row["campaign_external_id"] for row in batch.rows if row.get("campaign_external_id")]
    campaigns = await connection.execute_query_dict(_CAMPAIGNS, [account_id, wanted]) if wanted else []
    named = {row["handle"]: row["id"] for row in creators if row["handle"] is not None}
    return References(
        by_external_id={row["external_id"]: row["id"] for row in creators if row["external_id"] is not None},
        by_handle={handle: named[name] for handle, name in bare.items() if name in named},
        campaigns={row["external_id"]: row["id"] for row in campaigns},
    )


def _read(cells: Cells, column: str, ids: Mapping[str, int], message: str) -> int | None:
    found = cells.take(column, lambda value: ids.get(value, 0))
    if found == 0:
        cells.refuse(column, ProblemCode.NOT_FOUND, message)
    return found or None
