"""Ids as the graph writes them, so that a row of a file and a node of the graph are found by the same. Pure."""

import base64
from functools import lru_cache
from uuid import UUID


def write_graph_id(type_name: str, key: int | UUID | str) -> str:
    """`Type:key` in URL-safe base64."""
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).rstrip(b"=").decode()


@lru_cache(maxsize=20_000)
def write_known_id(type_name: str, key: int) -> str:
    """As `write_graph_id`, for what many rows name."""
    return write_graph_id(type_name, key)
