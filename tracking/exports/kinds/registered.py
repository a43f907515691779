"""All kinds of exports that there are: importing this registers their layouts. A new kind is named here."""

from typing import Final

from tracking.exports.kinds.clicks import CLICKS
from tracking.exports.kinds.conversions import CONVERSIONS
from tracking.exports.layouts import Layout, register_layout

LAYOUTS: Final[tuple[Layout, ...]] = (CLICKS, CONVERSIONS)

for _layout in LAYOUTS:
    register_layout(_layout)
