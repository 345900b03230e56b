"""A PostgreSQL server for tests: Debian's own, in a temporary folder, on the loopback address, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.processes import PATIENCE

PASSWORD = "correct horse battery staple"
_URL_PASSWORD = PASSWORD.replace(" ", "%20")


def binaries() -> Path | None:
    """The folder of the newest server that is installed, None where none is."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    known = shutil.which("postgres")
    return max(found, key=lambda path: int(path.parent.name), default=Path(known).parent if known else None)


class PostgresServer:
    """A server that a test may stop, kill and start again; `close` removes it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        """Make a database cluster with the programs in `folder`, and start it; unless `durable`, no commit waits for the disk."""
        self._programs, self._durable = folder, durable
        self._user = _unprivileged() if os.getuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._data = self._folder / "data"
        (self._folder / "password").write_text(PASSWORD)
        if self._user is not None:
            for path in (self._folder, self._folder / "password"):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        passwords = f"--pwfile={self._folder / 'password'}"
        made = ["--auth=scram-sha-256", passwords, "--username=ann", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(self._line("initdb", "-D", str(self._data), *made), check=True, stdout=subprocess.DEVNULL, cwd=self._folder)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it can be asked."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self._folder),
            "fsync": "on" if self._durable else "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._line("postgres", "-D", str(self._data), *settings), stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        ends = time.monotonic() + PATIENCE
        while subprocess.run(ready, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > ends:
                raise AssertionError(f"The server did not start:\n{(self._folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it; `at_once` as `pg_ctl stop -m immediate` does: no transaction is finished, and no client told."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._process.wait(PATIENCE)

    def url(self, *, password: str = _URL_PASSWORD, port: int | None = None) -> str:
        """The address of its database."""
        return f"postgresql://ann:{password}@127.0.0.1:{port or self.port}/postgres"

    def close(self) -> None:
        """Stop it and remove all that it stored."""
        self.stop(at_once=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _line(self, program: str, *arguments: str) -> list[str]:
        """A command line that runs as another user than root, and ends with the process of the tests."""
        as_user: list[str] = []
        if shutil.which("setpriv"):
            as_user = ["setpriv", "--pdeathsig", "QUIT"]
            if self._user is not None:
                as_user += ["--reuid", str(self._user.pw_uid), "--regid", str(self._user.pw_gid), "--clear-groups"]
        return [*as_user, str(self._programs / program), *arguments]


def fresh_schema() -> str:
    """A name that no schema has yet."""
    return f"test_{secrets.token_hex(8)}"


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("a server refuses to run as root, and there is no other user")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
