"""A nursery of programs: one that has imported everything forks a real program of its own in milliseconds, to be killed at any moment."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
from types import TracebackType
from typing import Any

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Nursery:
    """Starts the functions of tests.reliability.programs, each in a program of its own."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys

    def __enter__(self) -> Nursery:
        self.parent = subprocess.Popen([sys.executable, "-m", "tests.reliability.nursery", *self.keys], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.parent.communicate(timeout=20)

    def start(self, name: str, **facts: Any) -> int:
        """Start a program and return its id."""
        assert self.parent.stdin is not None
        assert self.parent.stdout is not None
        self.parent.stdin.write(json.dumps({"name": name, "facts": facts}) + "\n")
        self.parent.stdin.flush()
        return int(self.parent.stdout.readline())


def kill(pid: int) -> None:
    """End a program as a power cut would, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait(pid)


def is_running(pid: int) -> bool:
    """Whether a program still runs."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait(pid: int, *, seconds: float = 30) -> None:
    """Wait until a program has ended."""
    import time

    until = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > until:
            raise TimeoutError(pid)
        time.sleep(0.002)


def _main(keys: list[str]) -> None:
    from sqlalchemy.orm import configure_mappers

    from partners.foundation import schema, sealing

    programs = importlib.import_module("tests.reliability.programs")
    schema.load_models()
    configure_mappers()
    sealing.use_keys(keys)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(getattr(programs, asked["name"]), asked["facts"])
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _live(program: Any, facts: dict[str, Any]) -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    silence = os.open(os.environ.get("KITH_TEST_SAID", os.devnull), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    status = 1
    try:
        program(**facts)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
        raise
    finally:
        os._exit(status)


if __name__ == "__main__":
    _main(sys.argv[1:])
