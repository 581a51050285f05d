"""Settings: everything the environment decides, in one table. A missing or well-known secret stops the start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from partners.foundation import sealing
from partners.foundation.actors import Role
from partners.foundation.errors import NotReady


@dataclass(frozen=True)
class Setting:
    """One row of the table: its name, what it is when left out, and what it does."""

    name: str
    default: str
    does: str


SETTINGS: tuple[Setting, ...] = (
    Setting("KITH_DATABASE_URL", "sqlite in the data folder", "Where the records are: sqlite:////path or postgresql://…"),
    Setting("KITH_SECRET_KEY", "none: must be set", "Signs the forms. At least 32 random characters."),
    Setting("KITH_SEALING_KEYS", "none: must be set", "Encrypts what is kept about families. Newest first, commas between."),
    Setting("KITH_SCHOOL_DATA_KEY", "none: school data are off", "Encrypts what a school's own system says of its pupils. Another key than KITH_SEALING_KEYS; newest first, commas between."),
    Setting("KITH_BACKUP_KEY", "the newest of KITH_SEALING_KEYS", "Encrypts backups. Keep it apart from the machine and from the sealing keys."),
    Setting("KITH_LEDGER", "beside an SQLite database", "The file that says what is erased or withdrawn again after a restore. Keep it on another disk."),
    Setting("KITH_BASE_URL", "http://127.0.0.1:8000", "The address people open. Links in mails are built from this and nothing else."),
    Setting("KITH_HTTPS", "1 when KITH_BASE_URL is https", "Sends cookies over https only, and tells browsers to stay there."),
    Setting("KITH_TRUSTED_PROXIES", "0", "How many proxies stand in front, 0 to 5. Their X-Forwarded-For is believed."),
    Setting("KITH_SMTP_URL", "none: mail waits in the outbox", "Where mail leaves: smtp://user:password@host:587 or smtps://…"),
    Setting("KITH_MAIL_FROM", "kith@localhost", "The sender of every mail."),
    Setting("KITH_NOTIFY_KEY", "none: nothing goes by Notify", "A key of GOV.UK Notify. Mails then leave by it where KITH_SMTP_URL is not set, and texts always."),
    Setting("KITH_NOTIFY_MAIL_TEMPLATE", "none", "The id of an e-mail template at Notify with ((subject)) and ((body)) and nothing else."),
    Setting("KITH_NOTIFY_TEXT_TEMPLATE", "none: no texts", "The id of a text template at Notify with ((body)) and nothing else."),
    Setting("KITH_NOTIFY_URL", "https://api.notifications.service.gov.uk", "Where Notify is."),
    Setting("KITH_SECOND_STEP_FOR", "none", "Roles that sign in with a second step, commas between: dsl, admin, flo, head, partner."),
    Setting("KITH_GEOCODER", "offline", "Where places of organisations are looked up. A family's postcode never leaves."),
    Setting("KITH_FEED_HOSTS", "none: no feed is read", "Hosts whose Open Referral UK feeds may be imported, commas between."),
    Setting("KITH_LIMITS_STORAGE", "memory://", "Where tries are counted. Several server processes need redis://…"),
    Setting("KITH_DEMO", "0", "1 runs the invented town, with made-up secrets. Never for real families."),
)

WELL_KNOWN = ("changeme", "change-me", "secret", "password", "default", "example", "development", "dev-key", "kith")
SHORTEST_SECRET = 32  # characters; judgement, November 2026
MOST_PROXIES = 5
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def data_folder(env: Mapping[str, str]) -> Path:
    """Return the folder for this person's own data, as the XDG base directories say."""
    home = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME") or Path.home()) / ".local" / "share")
    return Path(home) / "kith"


def is_weak(secret: str) -> bool:
    """Whether a secret is short, well known, or one character over and over."""
    plain = secret.strip().lower()
    return len(plain) < SHORTEST_SECRET or len(set(plain)) < 8 or any(plain.startswith(word) for word in WELL_KNOWN)


@dataclass(frozen=True)
class Settings:
    """What this service runs with. Frozen: nothing changes it after the start."""

    database_url: str
    secret_key: str
    sealing_keys: tuple[str, ...]
    base_url: str = "http://127.0.0.1:8000"
    https: bool = False
    trusted_proxies: int = 0
    smtp_url: str | None = None
    mail_from: str = "kith@localhost"
    geocoder: str = "offline"
    limits_storage: str = "memory://"
    demo: bool = False
    backup_key: str | None = None
    ledger: str | None = None
    feed_hosts: tuple[str, ...] = ()
    notify_key: str | None = None
    notify_mail_template: str | None = None
    notify_text_template: str | None = None
    notify_url: str = "https://api.notifications.service.gov.uk"
    second_step_for: frozenset[str] = frozenset()
    school_data_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say what runs without its secrets: this lands in logs."""
        return f"Settings(base_url={self.base_url!r}, https={self.https}, demo={self.demo})"

    @property
    def texts(self) -> bool:
        """Whether texts can be sent."""
        return bool(self.notify_key and self.notify_text_template)

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings.

        Raises:
            NotReady: every fault at once, each with what would be right.
        """
        env = os.environ if env is None else env
        faults: list[str] = []
        demo = _yes_or_no(env, "KITH_DEMO", False, faults)
        base_url = (env.get("KITH_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
        address = urlsplit(base_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            faults.append("KITH_BASE_URL must be an address like https://kith.example.org")
        settings = cls(
            database_url=env.get("KITH_DATABASE_URL") or f"sqlite:///{data_folder(env) / 'kith.sqlite3'}",
            secret_key=_secret_key(env, demo, faults),
            sealing_keys=_sealing_keys(env, demo, faults),
            base_url=base_url,
            https=_yes_or_no(env, "KITH_HTTPS", address.scheme == "https", faults),
            trusted_proxies=_proxies(env, faults),
            smtp_url=env.get("KITH_SMTP_URL") or None,
            mail_from=env.get("KITH_MAIL_FROM") or "kith@localhost",
            geocoder=env.get("KITH_GEOCODER") or "offline",
            limits_storage=env.get("KITH_LIMITS_STORAGE") or "memory://",
            demo=demo,
            feed_hosts=tuple(host.strip().lower() for host in (env.get("KITH_FEED_HOSTS") or "").split(",") if host.strip()),
            notify_key=(env.get("KITH_NOTIFY_KEY") or "").strip() or None,
            notify_mail_template=(env.get("KITH_NOTIFY_MAIL_TEMPLATE") or "").strip() or None,
            notify_text_template=(env.get("KITH_NOTIFY_TEXT_TEMPLATE") or "").strip() or None,
            notify_url=(env.get("KITH_NOTIFY_URL") or "https://api.notifications.service.gov.uk").rstrip("/"),
            second_step_for=frozenset(role.strip().lower() for role in (env.get("KITH_SECOND_STEP_FOR") or "").split(",") if role.strip()),
            ledger=(env.get("KITH_LEDGER") or "").strip() or None,
            school_data_keys=_several(env, "KITH_SCHOOL_DATA_KEY"),
            backup_key=(env.get("KITH_BACKUP_KEY") or "").strip() or None,
        )
        if set(settings.school_data_keys) & set(settings.sealing_keys):
            faults.append("KITH_SCHOOL_DATA_KEY must be another key than KITH_SEALING_KEYS. Make one with: kith init --new-key")
        if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in ("smtp", "smtps"):
            faults.append("KITH_SMTP_URL must start with smtp:// or smtps://")
        if settings.notify_key and not (settings.notify_mail_template or settings.notify_text_template):
            faults.append("KITH_NOTIFY_KEY needs KITH_NOTIFY_MAIL_TEMPLATE, KITH_NOTIFY_TEXT_TEMPLATE or both")
        if settings.second_step_for - {role.value for role in Role}:
            faults.append("KITH_SECOND_STEP_FOR names roles among " + ", ".join(sorted(role.value for role in Role)))
        if any(c in settings.mail_from for c in "\r\n\0") or "@" not in settings.mail_from:
            faults.append("KITH_MAIL_FROM must be an e-mail address on one line")
        if faults:
            raise NotReady("Kith cannot start as it is set up:\n" + "\n".join(f"  - {fault}." for fault in faults))
        return settings


def _several(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in (env.get(name) or "").split(",") if word.strip())


def _yes_or_no(env: Mapping[str, str], name: str, default: bool, faults: list[str]) -> bool:
    word = env.get(name)
    if word is None:
        return default
    if word.strip().lower() not in (*_TRUE, *_FALSE):
        faults.append(f"{name} must be 1 or 0")
    return word.strip().lower() in _TRUE


def _secret_key(env: Mapping[str, str], demo: bool, faults: list[str]) -> str:
    secret = env.get("KITH_SECRET_KEY") or ""
    if not secret and demo:
        return secrets.token_urlsafe(48)
    if is_weak(secret) and not demo:
        faults.append(
            "KITH_SECRET_KEY must be set to at least 32 random characters. "
            'Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret


def _sealing_keys(env: Mapping[str, str], demo: bool, faults: list[str]) -> tuple[str, ...]:
    keys = _several(env, "KITH_SEALING_KEYS")
    if not keys and demo:
        return (sealing.new_key(),)
    if not keys:
        faults.append("KITH_SEALING_KEYS must be set, and kept safe apart from the database. Make a key with: kith init --new-key")
    return keys


def _proxies(env: Mapping[str, str], faults: list[str]) -> int:
    word = (env.get("KITH_TRUSTED_PROXIES") or "0").strip()
    if not (word.isascii() and word.isdigit() and int(word[:3]) <= MOST_PROXIES):
        faults.append(f"KITH_TRUSTED_PROXIES must be a whole number from 0 to {MOST_PROXIES}")
        return 0
    return int(word)
