"""A real PostgreSQL for tests, started from its own binaries in a temporary folder; no installed server is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL

from partners.foundation import schema
from partners.foundation.db import open_engine

# Where Debian, Fedora and Homebrew keep a server whose programs are not on the path.
USUAL_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
TEMPLATE = "kith_template"
SECONDS_TO_START = 60
MEMORY_NEEDED_BYTES = 1024**3  # for a cluster of about 50 MB and a few dozen copies of a 9 MB template

# A commit waits for the disk as it does in service (fsync and synchronous_commit stay on). What is off guards a cluster
# against a torn page after a power cut, or copies it elsewhere: neither means anything in a folder that is thrown away.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "jit": "off",
    "log_min_messages": "fatal",
    "timezone": "Asia/Kathmandu",  # A server far from UTC shows up an instant that was stored without its zone.
}


class PostgresAbsent(RuntimeError):
    """PostgreSQL's programs are not on this machine, or no account is there to run them as."""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs. Raises PostgresAbsent with what to install."""
    found = shutil.which("initdb")
    if found is not None and (folder := Path(found).resolve().parent / "postgres").exists():
        return folder.parent
    for pattern in USUAL_FOLDERS:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder
    raise PostgresAbsent("PostgreSQL is absent: no initdb was found. On Debian: apt-get install postgresql")


def account() -> pwd.struct_passwd:
    """Return who runs the server: PostgreSQL refuses to run as root, so root lends it another account."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresAbsent("PostgreSQL is absent: it refuses to run as root, and there is no account postgres or nobody.")


class Server:
    """A running server, reached by a socket in its own folder, and the databases made on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        """Return the address of a database, as KITH_DATABASE_URL takes it."""
        made = URL.create("postgresql+psycopg", username="kith", database=database, query={"host": str(self.folder)})
        return made.render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        """Run one statement as the owner, outside a transaction."""
        with psycopg.connect(host=str(self.folder), user="kith", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)

    def make_template(self) -> None:
        """Migrate one database to the newest schema; the others are copies of it."""
        self.run(f"CREATE DATABASE {TEMPLATE}")
        engine = open_engine(self.url(TEMPLATE))
        try:
            schema.migrate(engine)
        finally:
            engine.dispose()

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Yield the address of a fresh database that is dropped at the end, whoever is still connected to it."""
        name = f"kith_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running() -> Iterator[Server]:
    """Start a server with the newest schema, and stop it at the end whatever happened meanwhile.

    Raises:
        PostgresAbsent: its programs are not on this machine.
    """
    programs, owner = binaries(), account()
    # A socket's path may have 107 characters at most, so the folder is not inside pytest's long one.
    with tempfile.TemporaryDirectory(prefix="kith-pg-", dir=_quick_folder(), ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if os.getuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        settings = ["--auth=trust", "--username=kith", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        _as(owner, folder, [str(programs / "initdb"), *settings, "-D", str(folder / "data")]).communicate(timeout=SECONDS_TO_START)
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        server = _as(owner, folder, [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *options])
        try:
            _wait_until_open(server, folder)
            found = Server(folder)
            found.make_template()
            yield found
        finally:
            server.send_signal(signal.SIGINT)  # a fast stop: clients are sent away, and the data is left whole
            try:
                server.communicate(timeout=SECONDS_TO_START)
            except subprocess.TimeoutExpired:
                server.send_signal(signal.SIGQUIT)
                server.communicate()


def _quick_folder() -> str | None:
    """Return a folder in memory where there is room: waiting for the disk then costs nothing, and is still asked for."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder with a random name, 0700, is made in it)
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= MEMORY_NEEDED_BYTES:
        return str(memory)
    return None


def _as(owner: pwd.struct_passwd, folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a program as an account, in a folder it may read. Where setpriv exists, it also stops when the tests are killed."""
    lent = os.getuid() == 0
    as_whom: list[str] = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"] if lent else []
    tied = shutil.which("setpriv")
    environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(folder)}
    with (folder / "said.txt").open("ab") as said:
        if tied is not None:
            started = [tied, "--pdeathsig", "INT", *as_whom, *command]
            return subprocess.Popen(started, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            user=owner.pw_uid if lent else None, group=owner.pw_gid if lent else None, extra_groups=[] if lent else None,
        )


def _wait_until_open(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(host=str(folder), user="kith", dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'said.txt').read_text()}") from error
            time.sleep(0.05)
