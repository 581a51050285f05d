"""A mail server on loopback that misbehaves as it is told: each connection takes the next behaviour, the last one stays."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Behaviours: ok, busy (450 to the recipient), refuse (550 to the recipient), late_refuse (554 after the data), hang (never greets),
    drop (closes after it kept the data, without a word), no_goodbye (closes at QUIT)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, behaviours: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.behaviours = behaviours
        self.kept: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.released = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where to send mail to."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def next_behaviour(self) -> str:
        """Take the next behaviour."""
        with self.lock:
            self.connections += 1
            return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that gave up is part of the tests."""


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")

    def handle(self) -> None:
        behaviour = self.server.next_behaviour()
        if behaviour == "hang":
            self.server.released.wait(30)
            return
        self.say("220 mail.example.org")
        while line := self.rfile.readline():
            word = line.strip().upper()[:4].decode("ascii", "replace")
            if word in ("EHLO", "HELO"):
                self.say("250 mail.example.org")
            elif word == "RCPT":
                if behaviour == "busy":
                    self.say("450 4.2.0 try later, canary@example.org")
                elif behaviour == "refuse":
                    self.say("550 5.1.1 no such mailbox: canary@example.org")
                else:
                    with self.server.lock:
                        self.server.recipients.append(line.decode("utf-8").strip())
                    self.say("250 ok")
            elif word == "DATA":
                self.say("354 go on")
                self.take(behaviour)
                if behaviour == "drop":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.say("554 5.6.0 not wanted" if behaviour == "late_refuse" else "250 kept")
            elif word == "QUIT":
                if behaviour != "no_goodbye":
                    self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, behaviour: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        # A sender that vanished before the final dot has handed nothing over.
        if behaviour != "late_refuse" and line:
            with self.server.lock:
                self.server.kept.append(message_from_bytes(b"".join(lines), policy=default))


@contextmanager
def mail_server(*behaviours: str) -> Iterator[MailServer]:
    """Run a mail server while the block lasts."""
    server = MailServer(list(behaviours) or ["ok"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
