"""What the audience was answered with, read without the product's own reader."""

import base64
from uuid import UUID


def read_click_id(token: str) -> UUID:
    """The 16 bytes between the key's number and the signature."""
    return UUID(bytes=base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[1:17])
