"""The walk of `kith demo --check`, what is done together: partnerships, exchanges, groups, events and gaps, pressed as each person would."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

from web.cli.demo_check import Browser, StepFailed, Walk, expect


def _forms(browser: Browser, ends: str) -> list[tuple[str, dict[str, str]]]:
    """Return each form of the open page whose address matches: the address and its hidden values."""
    found = []
    for action, inside in re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', browser.page, re.S):
        if re.search(ends, action):
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside))
            hidden.pop("csrf_token", None)
            found.append((unescape(action), {name: unescape(value) for name, value in hidden.items()}))
    return found


def _first(browser: Browser, ends: str) -> tuple[str, dict[str, str]]:
    found = _forms(browser, ends)
    if not found:
        raise StepFailed(f"nothing on {urlsplit(browser.url).path} can be pressed for {ends}")
    return found[0]


def a_partnership_has_years_and_two_views(line: Walk) -> None:
    """Four years with the women's network: what each did, and where the two views differ."""
    line.flo.get("/liaison/together")
    line.flo.get(line.flo.link("/liaison/together/partnerships"))
    expect(line.flo.page.count('href="/liaison/together/partnerships/') >= 6, "fewer than six partnerships")
    found = re.search(r'href="(/liaison/together/partnerships/[^"]+)">Marlbeck Somali Women', line.flo.page)
    expect(found, "the women's network is not among the partnerships")
    line.flo.get(found.group(1) if found else "")
    expect(re.search(r"Together since \d{4}", line.flo.page) and "Talk about this first" in line.flo.page, "the years or the difference are not told")
    expect("governing board" in line.flo.page and "A thank-you is due" in line.flo.page, "what happened is not told")


def a_partner_asks_by_its_own_link(line: Walk) -> None:
    """The partner's page comes by mail, holds no family, and takes an ask, a give and a view without an account."""
    line.flo.post(_first(line.flo, "/send-page$")[0])
    mail = next(m for m in line.mails() if m.kind == "partnership_page")
    page = "/p/" + mail.body.split("/p/")[1].split()[0]
    them = Browser(line.served.address)
    them.get(page)
    expect(them.status == 200 and "there is no family in it" in them.page and "Canaryname" not in them.page, "the partner's page does not open")
    them.post(f"{page}/ask", thing="sewing", amount=1, note="Costumes for Eid")
    them.post(f"{page}/give", thing="cooking", amount=20)
    expect("Sewing and mending" in them.page and "Cooking" in them.page, f"the partner's ask or give was not kept: {them.status}")
    them.get(f"{page}/view")
    them.post(f"{page}/view", by_name="usually", not_only_referrals="usually", changed="sometimes", parents_say="not_yet", bad_news="usually", name="Amina")
    expect("You did, " in them.page, f"the partner's view was not kept: {them.status}")
    line.flo.get("/liaison/together/partnerships")


def an_exchange_is_chosen_and_had(line: Walk) -> None:
    """What could be arranged is explained; a person chooses, every side says yes, and what became of it is written down."""
    line.flo.get("/liaison/together/exchanges")
    expect(line.flo.page.count("kith-list") >= 1 and "nobody has offered this yet" in line.flo.page.lower(), "the exchanges or what nothing meets are not told")
    expect("Why this fits" in line.flo.page, "no exchange is explained")
    path, hidden = _first(line.flo, "/exchanges/choose$")
    line.flo.post(path, **hidden)
    first = urlsplit(line.flo.url).path
    expect(any(m.kind == "partnership_page" and "asks whether you can" in m.body for m in line.mails()), "the partners were not written to")
    for side, _hidden in _forms(line.flo, "/sides/"):
        line.flo.post(side, name="Bev", answer="yes")
    expect("Arranged" in line.flo.page, "it was not arranged when everybody had said yes")
    line.flo.post(_first(line.flo, "/handovers/")[0], how="received")
    expect("It was received" in line.flo.page and urlsplit(line.flo.url).path == first, "what became of it was not kept")


def gives_stand_apart_from_gets(line: Walk) -> None:
    """What a family would like to give has a page of its own, with nothing on it of what they get."""
    line.flo.get(f"{line.family}/gives")
    expect("never asked for in return for help" in line.flo.page and "Introductions" not in line.flo.page, "a family's gives stand beside what it gets")
    line.flo.post(f"{line.family}/gives", thing="interpreting", amount=1, language="so", words="an hour of Somali")
    expect("an hour of Somali" in line.flo.page, "what they would like to give was not kept")
    line.flo.get(line.family)
    expect("an hour of Somali" not in line.flo.page, "a family's page shows what it gives")


def a_group_meets(line: Walk) -> None:
    """Two groups meet; who came is one press, and a partner never sees who."""
    line.flo.get("/liaison/together/groups")
    groups = re.findall(r'href="(/liaison/together/groups/[0-9a-f-]{36})"', line.flo.page)
    expect(len(groups) == 2, f"{len(groups)} groups, and not two")
    line.flo.get(groups[1])
    meeting = line.flo.link("/meetings/")
    line.flo.get(meeting)
    line.flo.post(meeting, which="everyone")
    expect("families came" in line.flo.page, "who came was not kept")


def many_bring_something_to_one_dinner(line: Walk) -> None:
    """One dinner open to all, several who bring something: a partner answers what is missing by its own link, with no account and no family in it."""
    line.flo.get("/liaison/together/events")
    found = re.search(r'href="(/liaison/together/events/[0-9a-f-]{36})">Christmas Eve Eve, again', line.flo.page)
    event = found.group(1) if found else ""
    line.flo.get(event)
    expect("Still missing: 32 seats" in line.flo.page and "6 partners bring something" in line.flo.page, "what is missing, or who brings what, is not told")
    line.flo.get(f"{event}/ask")
    theirs = re.search(r'name="partners" type="checkbox" value="([0-9a-f-]{36})"[^>]*>\s*<label[^>]*>\s*Marlbeck Somali Women', line.flo.page)
    expect(theirs, "the women's network is not among those who can be asked")
    line.flo.post(f"{event}/ask", partners=theirs.group(1) if theirs else "")
    mail = next((m for m in line.mails() if m.kind == "partnership_page" and "bring something" in m.body), None)
    expect(mail, "the partner was not written to")
    assert mail is not None
    them = Browser(line.served.address)
    page = "/p/" + mail.body.split("/p/")[1].split()[0]
    them.get(page)
    expect("Still missing: 80 meals" in them.page and "Canaryname" not in them.page, "the partner does not see what is missing")
    wanted = re.search(r'<strong>Cooking</strong>, 400 meals.*?href="([^"]*/wants/[^"]+)"', them.page, re.S)
    want = wanted.group(1) if wanted else ""
    them.get(want)
    them.post(want, amount=80, name="Hodan")
    expect("You bring 80 meals" in them.page, f"what the partner brings was not kept: {them.status}")
    line.flo.get(event)
    expect("Still missing: 80 meals" not in line.flo.page and "Still missing: 32 seats" in line.flo.page, "what was brought does not stand on the list")


def a_christmas_is_given_out(line: Walk) -> None:
    """Anyone can come; gifts are given out as a person saw it, collected, and what is left goes back in one press."""
    line.flo.get("/liaison/together/events")
    expect("what was left went back" in line.flo.page, "last year's event is not there")
    found = re.search(r'href="(/liaison/together/events/[0-9a-f-]{36})">Christmas Eve Eve, again', line.flo.page)
    expect(found, "this year's event is not there")
    line.flo.get(found.group(1) if found else "")
    expect(line.flo.page.index("Anyone can come") < line.flo.page.index("only so much of"), "what is open to everybody does not come first")
    line.flo.get(line.flo.link("/share"))
    path, hidden = _first(line.flo, "/fix$")
    line.flo.post(path, **hidden)
    expect("fixed by you" in line.flo.page, "a gift was not fixed")
    pairs = re.findall(r'name="pairs" value="([^"]+)"', line.flo.page)
    line.flo.post(_first(line.flo, "/give-out$")[0], pairs=pairs)
    line.flo.post(_first(line.flo, "/collected$")[0])
    line.flo.post(_first(line.flo, "/give-back$")[0])
    expect("went back" in line.flo.page, "what was left did not go back")


def what_is_missing_can_be_asked_for(line: Walk) -> None:
    """At least five gaps, the change that would meet most, and a page to ask for it with no family in it."""
    line.flo.get("/liaison/together/gaps")
    expect(line.flo.page.count("/ask\"") >= 5, "fewer than five changes are told")
    draft = line.flo.link("/liaison/together/gaps/[0-9a-f]+/ask")
    line.flo.get(draft)
    line.flo.post(draft, to_whom="council")
    expect("Could we talk?" in line.flo.page and "Canaryname" not in line.flo.page and "LS9" not in line.flo.page, f"the page was not drafted: {line.flo.status}")


def the_head_sees_years_and_gaps(line: Walk) -> None:
    """The head sees lines of years, calls, thanks and gaps, under the small-number rule, with no way to a family."""
    line.head.get("/heads/partnerships")
    expect(line.head.page.count('role="img"') >= 6 and "Who needs a call" in line.head.page and "Thank-yous due" in line.head.page, "the years are not drawn")
    expect("/liaison" not in line.head.page, "the head's page leads to a family")
    line.head.get("/heads/gaps")
    expect("The changes that would meet most" in line.head.page and "/liaison" not in line.head.page, "the gaps are not told")


TOGETHER: tuple[Callable[[Walk], None], ...] = (
    a_partnership_has_years_and_two_views, a_partner_asks_by_its_own_link, an_exchange_is_chosen_and_had, gives_stand_apart_from_gets, a_group_meets,
    many_bring_something_to_one_dinner, a_christmas_is_given_out, what_is_missing_can_be_asked_for, the_head_sees_years_and_gaps,
)
