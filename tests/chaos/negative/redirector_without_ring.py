"""A redirector with a mistake that the oracle must see: it forgets what Redis has acknowledged."""

from collections.abc import Sequence

from redirector.main import run
from redirector.recording.ring import Ring
from tracking.settings import load_settings


def forget(self: Ring, records: Sequence[bytes]) -> None:
    pass


if __name__ == "__main__":
    Ring.add = forget  # type: ignore[method-assign] # the mistake
    run(load_settings())
