"""GOV.UK Notify as a way out for mails and texts, behind the same door as SMTP. Its own words on a fault are never kept: they may repeat the address.

Source: docs.notifications.service.gov.uk, REST API v2: a bearer token is a JSON web token (HS256) of the service's id and the second it was made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from partners.foundation.errors import NotReady
from partners.foundation.outbox import Message, Transport

ADDRESS = "https://api.notifications.service.gov.uk"
KEY_TAIL = 36  # characters: a key ends with the service's id, a hyphen, and the secret, each a UUID


class NotifyBusy(OSError):
    """Notify did not take it now: too many at once, a fault of its own, or a key it does not take. It is tried again."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Notify answered {status}")
        self.status = status


class NotifyRefused(ValueError):
    """Notify will never take this: the address or the template is wrong. It is a dead letter at once."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Notify answered {status}")
        self.status = status


@dataclass(frozen=True)
class Received:
    """One text that somebody sent to the service: Notify's id of it, the number, the words and when."""

    id: str
    number: str
    words: str
    at: datetime


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def token(service_id: str, secret: str, *, at: datetime) -> str:
    """Return the bearer token of one instant. Notify takes it for about 30 seconds."""
    plain = ".".join(_part(json.dumps(x, separators=(",", ":")).encode()) for x in ({"typ": "JWT", "alg": "HS256"}, {"iss": service_id, "iat": int(at.timestamp())}))
    return f"{plain}.{_part(hmac.new(secret.encode(), plain.encode(), hashlib.sha256).digest())}"


class NotifyTransport:
    """Hands mails and texts to GOV.UK Notify. Each goes out by a template of the service whose only gaps are ((subject)) and ((body)).

    The message's own id is the reference. Before a second try Notify is asked whether the first one arrived after all, so that an
    answer that was lost on the way makes no second copy.
    """

    def __init__(self, key: str, *, mail_template: str | None, text_template: str | None, address: str = ADDRESS, timeout_s: float = 20.0) -> None:
        self.service_id, self.secret = key[-2 * KEY_TAIL - 1 : -KEY_TAIL - 1], key[-KEY_TAIL:]
        try:
            UUID(self.service_id), UUID(self.secret)
        except ValueError as error:
            raise NotReady("KITH_NOTIFY_KEY ends with two UUIDs, as Notify shows it: name-xxxxxxxx-…-xxxxxxxx-…") from error
        self.templates, self.timeout_s, self.parts = {"mail": mail_template, "text": text_template}, timeout_s, urlsplit(address)
        if self.parts.scheme not in ("https", "http") or not self.parts.hostname or (self.parts.scheme == "http" and self.parts.hostname != "127.0.0.1"):
            raise NotReady("KITH_NOTIFY_URL is an https address")

    def takes(self, channel: str) -> bool:
        """Whether a template is set for mails, or for texts."""
        return bool(self.templates.get(channel))

    def send(self, message: Message, *, at: datetime) -> None:
        """Hand one over. Raises OSError where it should be tried again, ValueError where it never can leave."""
        if not self.takes(message.channel):
            raise NotifyRefused(0)
        if message.attempts > 1 and self._has(message, at=at):
            return
        to = "email_address" if message.channel == "mail" else "phone_number"
        gaps = {"subject": message.subject, "body": message.body} if message.channel == "mail" else {"body": message.body}
        kind = "email" if message.channel == "mail" else "sms"
        self._ask("POST", f"/v2/notifications/{kind}", {to: message.to_address, "template_id": self.templates[message.channel], "personalisation": gaps, "reference": str(message.id)}, at=at)

    def received(self, *, at: datetime) -> list[Received]:
        """Return the texts of the last seven days, at most 250. Raises OSError or ValueError as `send` does; what cannot be read is left out."""
        found = []
        for row in self._ask("GET", "/v2/received-text-messages", None, at=at).get("received_text_messages") or []:
            with suppress(KeyError, TypeError, ValueError):
                found.append(Received(str(row["id"])[:64], str(row["user_number"])[:20], str(row["content"])[:1000], datetime.fromisoformat(str(row["created_at"]).replace("Z", "+00:00")).astimezone(UTC)))
        return found

    def _has(self, message: Message, *, at: datetime) -> bool:
        found = self._ask("GET", "/v2/notifications?" + urlencode({"reference": str(message.id)}), None, at=at)
        return bool(found.get("notifications"))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, *, at: datetime) -> dict[str, Any]:
        opened = HTTPSConnection if self.parts.scheme == "https" else HTTPConnection
        connection = opened(self.parts.hostname or "", self.parts.port, timeout=self.timeout_s)
        headers = {"Authorization": f"Bearer {token(self.service_id, self.secret, at=at)}", "Content-Type": "application/json", "User-Agent": "kith"}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            told = response.read(1_000_000)
        except HTTPException as error:
            raise OSError("Notify's answer could not be read") from error
        finally:
            connection.close()
        if response.status in (200, 201):
            try:
                found = json.loads(told)
            except ValueError:
                found = None
            return found if isinstance(found, dict) else {}
        if response.status in (400, 404, 413):
            raise NotifyRefused(response.status)
        raise NotifyBusy(response.status)


class Doors:
    """The ways out that are set up: one for mails, one for texts. It is a transport itself, so that the outbox need not know."""

    def __init__(self, *, mail: Transport | None, text: Transport | None) -> None:
        self.ways = {"mail": mail, "text": text}

    def send(self, message: Message, *, at: datetime) -> None:
        """Hand one over to the way out of its kind. Raises OSError where there is none: it waits, and in the end somebody is told."""
        way = self.ways.get(message.channel)
        if way is None:
            raise OSError(f"no way out for a {message.channel} is set up")
        way.send(message, at=at)
