"""In which country an address is, by a file in MaxMind's format that the operator supplies. Never closer than that."""

import datetime as dt
import io
import re
import socket
from functools import lru_cache
from typing import Any, Final

import maxminddb

from tracking.bots.hosting.formats import InvalidListError

_CODE: Final = re.compile(r"[A-Za-z]{2}")
_SAMPLES: Final = (bytes([8, 8, 8]), bytes([192, 0, 2]), bytes.fromhex("200148604860"))
_REMEMBERED: Final = 50_000


class Countries:
    """By the reader in Python: the one in C is several times as fast, but a damaged file can end the process in it.
    Networks are remembered, so that few are asked for twice.
    """

    def __init__(self, content: bytes) -> None:
        self.has_unreadable_records = False
        self.find = lru_cache(_REMEMBERED)(self._find)
        try:
            self._reader = maxminddb.open_database(io.BytesIO(content), maxminddb.MODE_FD)
            metadata = self._reader.metadata()
            self.dated = dt.datetime.fromtimestamp(metadata.build_epoch, dt.UTC).date()
            self.nodes: int = metadata.node_count
            self._has_ipv6 = metadata.ip_version == 6
            for sample in _SAMPLES:
                self._read(sample)
        except Exception as error:  # noqa: BLE001 -- what is damaged fails in every way
            raise InvalidListError(f"it is no file of MaxMind's format, or damaged: {error}") from None

    def _find(self, network: bytes) -> str | None:
        """Two capital letters, of the first address of a /24 or /48, which is all that is stored: the same click has
        the same country whoever asks for it, and when. What the file does not know, or is damaged in it, is None.
        """
        try:
            return self._read(network)
        except Exception:  # noqa: BLE001 -- what is damaged fails in every way, and a click is worth more than its country
            self.has_unreadable_records = True
            return None

    def _read(self, network: bytes) -> str | None:
        is_ipv4 = len(network) == 3
        if not is_ipv4 and not self._has_ipv6:
            return None
        family, width = (socket.AF_INET, 4) if is_ipv4 else (socket.AF_INET6, 16)
        return _read_code(self._reader.get(socket.inet_ntop(family, network.ljust(width, b"\0"))))


def read_countries(content: bytes) -> tuple[Countries, dt.date]:
    countries = Countries(content)
    return countries, countries.dated


def _read_code(record: Any) -> str | None:
    """`country.iso_code` with most vendors, `country_code` or `country` itself with others."""
    if not isinstance(record, dict):
        return None
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code", country)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        return None
    return code.upper()
