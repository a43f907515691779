"""A redirector with a mistake that the oracle must see: it gives an id also to a click that no disk had room for."""

from collections.abc import Sequence

from redirector.main import run
from redirector.recording.spool import Spool
from tracking.settings import load_settings

_write = Spool.write


def write_or_forget(self: Spool, records: Sequence[bytes]) -> None:
    try:
        _write(self, records)
    except OSError:
        return


if __name__ == "__main__":
    Spool.write = write_or_forget  # type: ignore[method-assign] # the mistake
    run(load_settings())
