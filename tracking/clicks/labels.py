"""What persons said of clicks. The newest word stands, unless it was taken back."""

from typing import Final

_STANDING: Final = """(
    SELECT {wanted} FROM click_label AS label
    WHERE label.click_id = click.id AND {condition} AND NOT EXISTS (
        SELECT FROM correction AS undo
        WHERE undo.undoes_id = label.correction_id AND undo.status IN ('APPLYING', 'APPLIED')
    )
    ORDER BY label.correction_id DESC LIMIT 1
)"""


def write_standing(wanted: str, condition: str = "true") -> str:
    """SQL over `click`: what is wanted of the `label` that stands among those that fulfil the condition."""
    return _STANDING.format(wanted=wanted, condition=condition)
