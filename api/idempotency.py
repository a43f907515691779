"""What mutations that make or record something say of their idempotency key; `tracking/idempotency.py` obeys it."""

from typing import Final

IDEMPOTENCY_KEY: Final = (
    "1 to 255 characters of your choice: for a week, a repeat with the same key and input answers as the first call."
)
MAKES_NO_SECOND_ONE: Final = (
    "1 to 255 characters of your choice: a repeat with the same key and input makes no second one."
)
