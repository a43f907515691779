"""Where a click came from, as far as lists of networks tell: a hosting provider, a country."""

from typing import Final, NamedTuple


class Origin(NamedTuple):
    """What is stored of it. `lists_id` names the versions of the lists that said so."""

    hosting_provider_id: int | None
    country: str | None  # ISO 3166, two capitals
    lists_id: int | None


NOWHERE: Final = Origin(None, None, None)
