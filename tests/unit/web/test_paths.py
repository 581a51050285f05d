"""Paths: nobody is sent out of Kith by an address that somebody else wrote."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.security import safe_path

HOSTS = ("evil.example", "evil.example/liaison/", "127.0.0.1@evil.example")
STARTS = (
    "//", "///", "////", "/\\", "\\\\", "\\/", "/\t/", "/\n/", "/\r/", "\t//", " //", "http://", "https://", "https:", "http:/", "HTTPS://", "ftp://",
    "/%09/", "/%5c", "/%2f/", "/./", "/..//", "/.//", "//\u3002", "/\u2044", "\u2215\u2215", "/\u00a0/", "\x00//", "/\x00/", "https:\\\\",
    "/redirect//", "/a//", ";//", "?//", "#//",
)
PAYLOADS = [start + host for start in STARTS for host in HOSTS] + ["javascript:alert(1)", "data:text/html,x", "liaison", "", "/" + "a" * 600]


def test_there_are_a_hundred_ways_out():
    assert len(PAYLOADS) >= 100


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_way_out(payload):
    assert safe_path(payload, "/home") == "/home"


@pytest.mark.parametrize("path", ["/", "/liaison/", "/liaison/families/3f2b1c9e-0000-4000-8000-1234567890ab?page=2", "/offers?q=a%20b&x=1"])
def test_a_page_within_kith_is_kept(path):
    assert safe_path(path, "/home") == path


@given(st.text(alphabet=st.sampled_from("/\\.:@?#%&=;abc019\t\n\r \u3002\u2044\x00"), max_size=30))
def test_whatever_is_let_through_stays_on_the_same_host(text):
    path = safe_path(text, "/home")
    ended = urlsplit(urljoin("https://kith.example/sign-in", path.replace("\\", "/")))
    assert (ended.scheme, ended.netloc) == ("https", "kith.example")
