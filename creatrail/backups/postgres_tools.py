"""pg_dump, pg_restore and psql: where they are, and how they are called without a password that others can read."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import unquote, urlsplit

from creatrail.backups.errors import BackupError
from creatrail.embedded.postgres_binaries import find_binaries
from creatrail.embedded.server_process import ServerFailedError
from tracking.settings import read_environment

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_CHUNK_BYTES: Final = 256 * 1024


class PostgresTools:
    """Those on PATH where they are of the server's major version, else those of the wheel."""

    def __init__(self, database_url: str, server_version: int) -> None:
        parts = urlsplit(database_url)
        user, at, address = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        self.server_version = server_version
        # not geturl(): it would lose the // of a URL without a host, as those of unix sockets are
        query = f"?{parts.query}" if parts.query else ""
        self._url = f"postgresql://{name}{at}{address}{parts.path}{query}"
        self._environment = read_environment()
        if password:
            self._environment["PGPASSWORD"] = unquote(password)

    def dump(self, path: Path) -> None:
        """One view of the whole database, compressed. It locks out nobody but who changes the schema."""
        finished = subprocess.run(
            [self._find("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={path}", self._url],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            raise BackupError(f"pg_dump failed: {finished.stderr.strip()}")

    def restore(self, path: Path, afterwards: str) -> None:
        """All of it and the SQL `afterwards` in one transaction: whoever is killed half-way leaves nothing."""
        with tempfile.TemporaryFile() as said:  # a file: nobody waits for it to be read, however much is said
            reader = subprocess.Popen(
                [self._find("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(path)],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            # Not --single-transaction: it would also commit what ends half-way.
            writer = subprocess.Popen(
                [self._find("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={self._url}"],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
            _pass_on(reader, writer, afterwards)
            if reader.returncode or writer.returncode:
                said.seek(0)
                raise BackupError(f"nothing was restored: {said.read().decode(errors='replace').strip()}")

    def _find(self, name: str) -> str:
        found = shutil.which(name)
        if found and _read_version(found) == self.server_version:
            return found
        try:
            return str(find_binaries() / name)
        except ServerFailedError:
            if found:
                return found
            raise BackupError(f"no {name} here: install the PostgreSQL client, version {self.server_version}") from None


def _pass_on(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes], afterwards: str) -> None:
    """Where the reader fails, the writer never hears COMMIT."""
    script, server = cast("IO[bytes]", reader.stdout), cast("IO[bytes]", writer.stdin)
    with script:
        try:
            with server:
                server.write(b"BEGIN;\n")
                while chunk := script.read(_CHUNK_BYTES):
                    server.write(chunk)
                if reader.wait():
                    writer.kill()
                else:
                    server.write(f"{afterwards}\nCOMMIT;\n".encode())
        except BrokenPipeError:  # psql has said why
            reader.kill()
    writer.wait()
    reader.wait()


def _read_version(program: str) -> int:
    finished = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(finished.stdout)
    return int(found[1]) if found else 0
