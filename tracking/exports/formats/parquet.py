"""Parquet, where pyarrow is installed: the extra `parquet`, as it is larger than all the rest of the service."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

from tracking.exports.formats.writing import PIECE_BYTES, Rows, Shape

GROUP_ROWS: Final = 20_000  # held in memory at once
_DECIMAL_DIGITS: Final = 38
_DECIMAL_PLACES: Final = 9
NOT_INSTALLED: Final = "PARQUET needs the extra `parquet` where the service runs: pip install 'creatrail[parquet]'"


def has_parquet() -> bool:
    return find_spec("pyarrow") is not None


class ParquetWriter:
    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._waiting: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        from pyarrow import parquet, schema  # noqa: PLC0415 -- only where somebody asks for it

        self._folder = TemporaryDirectory(prefix="creatrail-export-")
        self._path = Path(self._folder.name, "export.parquet")
        types = _list_types(self._shape.zone.key)
        fields = [(column.name, types[column.type]) for column in self._shape.columns]
        self._schema = schema(fields)
        self._file = parquet.ParquetWriter(self._path, self._schema, compression="zstd")
        return self

    def __exit__(self, *_raised: object) -> None:
        self._file.close()
        self._folder.cleanup()

    def write(self, rows: Rows) -> bytes:
        self._waiting += rows
        if len(self._waiting) >= GROUP_ROWS:
            self._write_group()
        return b""

    def finish(self) -> Iterator[bytes]:
        self._write_group()
        self._file.close()
        with self._path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def _write_group(self) -> None:
        from pyarrow import array, record_batch  # noqa: PLC0415 -- as above

        if not self._waiting:
            return
        columns = zip(*self._waiting, strict=True)
        arrays = [array(list(cells), field.type) for cells, field in zip(columns, self._schema, strict=True)]
        self._file.write_batch(record_batch(arrays, schema=self._schema))
        self._waiting = []


def _list_types(zone: str) -> dict[type, Any]:
    import pyarrow as pa  # noqa: PLC0415 -- as above

    return {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        Decimal: pa.decimal128(_DECIMAL_DIGITS, _DECIMAL_PLACES),
        dt.datetime: pa.timestamp("us", tz=zone),
        dt.date: pa.date32(),
    }
