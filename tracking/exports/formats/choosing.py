"""Which writer makes which format, and what its files are called and served as."""

from typing import Final

from tracking.exports.formats.csv_text import CsvWriter
from tracking.exports.formats.json_lines import JsonLinesWriter
from tracking.exports.formats.parquet import ParquetWriter
from tracking.exports.formats.writing import FileWriter, Shape
from tracking.exports.formats.xlsx import XlsxWriter
from tracking.exports.models import ExportFormat

MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.JSON_LINES: "application/jsonl",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}
EXTENSIONS: Final = {
    ExportFormat.CSV: "csv",
    ExportFormat.JSON_LINES: "jsonl",
    ExportFormat.XLSX: "xlsx",
    ExportFormat.PARQUET: "parquet",
}


def make_writer(export_format: ExportFormat, shape: Shape) -> FileWriter:
    match export_format:
        case ExportFormat.CSV:
            return CsvWriter(shape)
        case ExportFormat.JSON_LINES:
            return JsonLinesWriter(shape)
        case ExportFormat.XLSX:
            return XlsxWriter(shape)
        case ExportFormat.PARQUET:
            return ParquetWriter(shape)
