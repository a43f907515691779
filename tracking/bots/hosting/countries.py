"""In which country an address is, by a file in MaxMind's format that the operator supplies. Never closer than that."""

import datetime as dt
import re
import tempfile
from typing import Any, Final

import maxminddb

from tracking.bots.hosting.formats import InvalidListError

_CODE: Final = re.compile(r"[A-Za-z]{2}")
_SAMPLE: Final = ("192.0.2.1", "8.8.8.8")


class Countries:
    """The file is copied first: one that is replaced in place while it is mapped would end the process."""

    def __init__(self, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(prefix="creatrail-countries-") as copy:
            copy.write(content)
            copy.flush()
            try:
                self._reader = maxminddb.open_database(copy.name)
            except (maxminddb.InvalidDatabaseError, ValueError) as error:
                raise InvalidListError(f"it is no file of MaxMind's format: {error}") from None
        metadata = self._reader.metadata()
        self.dated = dt.datetime.fromtimestamp(metadata.build_epoch, dt.UTC).date()
        self.nodes: int = metadata.node_count
        self.unreadable_total = 0
        for address in _SAMPLE:
            self.find(address)
        if self.unreadable_total:
            raise InvalidListError("its records cannot be read: fetch it again")

    def find(self, address: str) -> str | None:
        """Two capital letters. What the file does not know, or not any more because it is damaged, is None."""
        try:
            return _read_code(self._reader.get(address))
        except ValueError:  # no address, or IPv6 where the file has only IPv4
            return None
        except maxminddb.InvalidDatabaseError:
            self.unreadable_total += 1
            return None


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
