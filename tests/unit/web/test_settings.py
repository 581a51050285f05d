"""Settings: what the environment may say, and what stops the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from partners.foundation import sealing
from partners.foundation.errors import NotReady
from web.settings import SETTINGS, Settings, is_weak

GOOD = {"KITH_SECRET_KEY": "c1Zv9-tQ2mXb7Lw0RkYp5NsEa8HgJd3UfTi6Oz4B", "KITH_SEALING_KEYS": sealing.new_key(), "HOME": "/home/jo"}


def test_it_refuses_to_start_without_secrets():
    with pytest.raises(NotReady) as refusal:
        Settings.from_environment({})
    assert "KITH_SECRET_KEY" in str(refusal.value)
    assert "KITH_SEALING_KEYS" in str(refusal.value)


@pytest.mark.parametrize("secret", ["changeme", "secret" * 8, "short", "a" * 64, "development-key-that-is-quite-long-really"])
def test_a_well_known_or_short_secret_stops_the_start(secret):
    assert is_weak(secret)
    with pytest.raises(NotReady, match="KITH_SECRET_KEY"):
        Settings.from_environment(GOOD | {"KITH_SECRET_KEY": secret})


def test_the_demo_makes_its_own_secrets_new_each_time():
    one, other = (Settings.from_environment({"KITH_DEMO": "1"}) for _ in range(2))
    assert one.secret_key != other.secret_key
    assert one.sealing_keys != other.sealing_keys
    assert not is_weak(one.secret_key)


def test_the_database_lies_in_the_data_folder_unless_told_otherwise():
    assert Settings.from_environment(GOOD).database_url == "sqlite:////home/jo/.local/share/kith/kith.sqlite3"
    assert Settings.from_environment(GOOD | {"XDG_DATA_HOME": "/data"}).database_url == "sqlite:////data/kith/kith.sqlite3"
    assert Settings.from_environment(GOOD | {"KITH_DATABASE_URL": "postgresql://db/kith"}).database_url == "postgresql://db/kith"


def test_https_follows_the_base_address():
    assert Settings.from_environment(GOOD | {"KITH_BASE_URL": "https://kith.example.org/"}).https
    assert Settings.from_environment(GOOD | {"KITH_BASE_URL": "https://kith.example.org/"}).base_url == "https://kith.example.org"
    assert not Settings.from_environment(GOOD).https
    assert not Settings.from_environment(GOOD | {"KITH_BASE_URL": "https://kith.example.org", "KITH_HTTPS": "0"}).https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KITH_BASE_URL", "kith.example.org"), ("KITH_BASE_URL", "javascript:alert(1)"), ("KITH_DEMO", "perhaps"),
        ("KITH_TRUSTED_PROXIES", "-1"), ("KITH_TRUSTED_PROXIES", "99"), ("KITH_TRUSTED_PROXIES", "²"), ("KITH_SMTP_URL", "http://mail"),
        ("KITH_MAIL_FROM", "kith@example.org\r\nBcc: all@example.org"), ("KITH_MAIL_FROM", "nobody"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name, value):
    with pytest.raises(NotReady, match=name):
        Settings.from_environment(GOOD | {name: value})


def test_every_setting_that_is_read_stands_in_the_table_once():
    source = Path(__file__).parents[3].joinpath("web/settings.py").read_text()
    read = set(re.findall(r'env(?:\.get\(|, )"(KITH_[A-Z_]+)"', source))
    assert sorted(read) == sorted(row.name for row in SETTINGS)


def test_secrets_do_not_stand_in_what_is_printed():
    settings = Settings.from_environment(GOOD)
    assert settings.secret_key not in repr(settings)
    assert settings.sealing_keys[0] not in repr(settings)
