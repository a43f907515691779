"""A redirector with a mistake that tests must see: it reads the change log and keeps what it names."""

from redirector.main import run
from redirector.memory.changes import ChangeFeed
from tracking.settings import load_settings


def keep(self: ChangeFeed, kind: int, ref_id: int, address: str | None) -> None:
    pass


if __name__ == "__main__":
    ChangeFeed._drop = keep  # type: ignore[method-assign] # the mistake
    run(load_settings())
