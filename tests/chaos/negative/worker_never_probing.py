"""A worker with a mistake that a test must see: nobody looks whether the other end is still there."""

from tracking.database import CONNECTION_LIMITS
from tracking.settings import load_settings
from worker.main import run

if __name__ == "__main__":
    del CONNECTION_LIMITS["init"]
    server_settings = CONNECTION_LIMITS["server_settings"]
    for probing in [name for name in server_settings if name.startswith("tcp_")]:
        del server_settings[probing]
    run("ingest", load_settings())
