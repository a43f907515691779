"""A redirector with a mistake that the oracle must see: it forgets what Redis has acknowledged."""

from redirector.main import run
from redirector.recording.ring import Ring
from tracking.settings import load_settings


def forget(self: Ring) -> list[bytes]:
    return []


if __name__ == "__main__":
    Ring.read = forget  # type: ignore[method-assign] # the mistake
    run(load_settings())
