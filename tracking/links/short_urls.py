"""The addresses of a link that people share: the short one, and those of its QR code."""

from enum import StrEnum
from typing import Final

from tracking.links.rules import PLACEMENT_SEPARATOR

# What a QR code adds to the slug, so that scans are told apart. Reserved: nobody else should use it as a placement.
QR_PLACEMENT: Final = "qr"
MIN_QR_PX: Final = 64
MAX_QR_PX: Final = 2_048
DEFAULT_QR_PX: Final = 512
MAX_QR_MARGIN: Final = 10
DEFAULT_QR_MARGIN: Final = 4  # modules; scanners need as many


class QrFormat(StrEnum):
    SVG = "SVG"
    PNG = "PNG"


def write_short_url(host: str, slug: str, *, has_tls: bool, public_port: int | None) -> str:
    """What people share. `public_port` is where the redirector is reached; None for the usual one."""
    scheme, usual_port = ("https", 443) if has_tls else ("http", 80)
    port = "" if public_port in {None, usual_port} else f":{public_port}"
    return f"{scheme}://{host}{port}/{slug}"


def write_qr_url(short_url: str, qr_format: QrFormat, size_px: int) -> str:
    """Where the picture of a link's QR code is."""
    return f"{short_url}/qr.{qr_format.value.lower()}?size={size_px}"


def write_qr_content(short_url: str) -> str:
    """What the QR code says: the link, marked."""
    return f"{short_url}{PLACEMENT_SEPARATOR}{QR_PLACEMENT}"
