"""Text from outside, checked before PostgreSQL would refuse it. Pure; used by every service."""

import unicodedata

from tracking.errors import InvalidInputError

_UNSTORABLE_CATEGORIES = frozenset({"Cc", "Cs"})


def check_text(value: str, path: str, *, max_chars: int, is_optional: bool = False) -> str:
    """The text without blanks around it. Raises InvalidInputError for what cannot be stored or is too long."""
    text = value.strip()
    if any(unicodedata.category(character) in _UNSTORABLE_CATEGORIES for character in text):
        raise InvalidInputError(f"{path} holds a control character or half a character", (path,))
    if not text and not is_optional:
        raise InvalidInputError(f"{path} is empty: give 1 to {max_chars} characters", (path,))
    if len(text) > max_chars:
        raise InvalidInputError(f"{path} has {len(text)} characters: give at most {max_chars}", (path,))
    return text


def check_tags(values: list[str]) -> list[str]:
    """Tags without blanks around them, each once, in the order given: at most 50 of at most 50 characters."""
    if len(values) > 50:
        raise InvalidInputError("at most 50 tags", ("tags",))
    return list(dict.fromkeys(check_text(value, "tags", max_chars=50) for value in values))
