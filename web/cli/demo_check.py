"""The walk of `kith demo --check`: the whole line over HTTP, as each person would press it, and what each must not see."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import click

from partners.foundation import audit, outbox
from partners.foundation.calendars import LONDON, is_working_day
from partners.foundation.db import session_factory
from partners.referrals import digests, notices
from web.cli.database import now


class StepFailed(AssertionError):
    """A step of the walk did not hold."""


class Browser:
    """A person's browser: it keeps cookies, follows forms, and fills in what a page asks for."""

    def __init__(self, address: str) -> None:
        self.address, self.page, self.url, self.status = address, "", address, 0
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        """Open a page."""
        return self._open(urllib.request.Request(self._whole(path)))  # noqa: S310

    def post(self, path: str, **fields: Any) -> str:
        """Press a button of the page that is open."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page)
        data = urllib.parse.urlencode({"csrf_token": token.group(1) if token else "", **fields}, doseq=True).encode()
        return self._open(urllib.request.Request(self._whole(path), data=data, headers={"Referer": self.url}))  # noqa: S310

    def _whole(self, path: str) -> str:
        return path if path.startswith("http://127.0.0.1") else self.address + path

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=30) as answer:
                self.page, self.url, self.status = answer.read().decode(errors="replace"), answer.geturl(), answer.status
        except urllib.error.HTTPError as error:
            self.page, self.status = error.read().decode(), error.code
        return self.page

    def links(self, pattern: str) -> list[str]:
        """Return each address on the page that matches, in its order."""
        return [unescape(found) for found in re.findall(rf'(?:href|action)="([^"]*{pattern}[^"]*)"', self.page)]

    def link(self, pattern: str, *, but: Collection[str] = ()) -> str:
        """Return the first address on the page that matches and is none of some others, or say what was missing."""
        found = next((link for link in self.links(pattern) if link not in but), None)
        if found is None:
            raise StepFailed(f"nothing on {urllib.parse.urlsplit(self.url).path} leads to {pattern} (status {self.status})")
        return found


class _Filled(HTMLParser):
    """Reads what a page's boxes hold, so that a walk can change one and send the rest as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a box's value, or a tick that is set."""
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        """Take the words in a larger box."""
        if self._area:
            self.fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        """A larger box ends."""
        self._area = "" if tag == "textarea" else self._area


def filled(page: str) -> dict[str, Any]:
    """Return what the boxes of a page hold, without its token."""
    reader = _Filled()
    reader.feed(page)
    return {name: values for name, values in reader.fields.items() if name != "csrf_token"}


def expect(holds: object, says: str) -> None:
    """Go on if it holds; else stop with what was wrong."""
    if not holds:
        raise StepFailed(says)


class Walk:
    """The line, step by step. Each step is a sentence."""

    def __init__(self, served: Any) -> None:
        self.served = served
        self.sessions = session_factory(served.engine)
        self.flo, self.partner, self.head, self.trust, self.admin, self.anyone = (Browser(served.address) for _ in range(6))
        self.family = self.referral = self.reply = ""

    def sign_in(self, browser: Browser, role: str) -> None:
        """Open a sign-in link and press its button."""
        path = self.served.links[role]
        browser.get(path)
        browser.post(path)
        if "E-mail address" in browser.page or "e-mail address that we sent" in browser.page:
            email = "partner@advice.example" if role == "partner" else f"{role}@marlbeck.example"
            browser.post(path, email=email)
        expect(browser.status == 200 and "/sign-in" not in browser.url, f"{role} could not sign in: {browser.status} at {urllib.parse.urlsplit(browser.url).path}")

    def mails(self) -> list[outbox.Message]:
        """Deliver what waits and return the mails, newest first."""
        outbox.deliver(self.sessions, outbox.PageTransport(), now=now, guard=notices.may_leave)
        with self.sessions() as session:
            return list(session.query(outbox.Message).order_by(outbox.Message.queued_at.desc()))

    def every_role_signs_in(self) -> None:
        """Each role signs in by its link, and a link works once."""
        for browser, role in ((self.flo, "flo"), (self.partner, "partner"), (self.head, "head"), (self.trust, "trust"), (self.admin, "admin")):
            self.sign_in(browser, role)
        second = Browser(self.served.address)
        second.get(self.served.links["head"])
        second.post(self.served.links["head"])
        expect("/heads" not in second.url, "a used sign-in link worked again")

    def a_worry_stops_everything(self) -> None:
        """Not sure about harm: the stop page with the lead's number, and no list."""
        self.flo.get("/liaison/families/new")
        self.flo.post("/liaison/families/new", initials="ZZ", contact_by="not_known")
        self.flo.post(urllib.parse.urlsplit(self.flo.url).path, harm="not_sure")
        expect(self.flo.url.endswith("/stop") and "0113 496 0011" in self.flo.page and "999" in self.flo.page, "no stop page")
        path = urllib.parse.urlsplit(self.flo.url).path
        self.flo.get("/liaison/families")
        self.flo.post(path.replace("/stop", "/suggestions"))
        expect("Left out" not in self.flo.page and self.flo.url.endswith("/stop"), "a list was made for a family with the lead")

    def a_family_is_added(self) -> None:
        """The FLO adds a family and answers the first question."""
        self.flo.get("/liaison/families/new")
        self.flo.post(
            "/liaison/families/new", initials="AK", year_groups=["Y1", "Y4"], first_name="Canaryname", contact_by="phone",
            contact="07700 900321", postcode="LS9 7AB", language="so",
        )
        path = urllib.parse.urlsplit(self.flo.url).path
        expect(path.endswith("/first"), "the first question was not asked")
        self.family = path.removesuffix("/first")
        self.flo.post(path, harm="no")
        expect(self.flo.url.endswith("/needs"), "the needs page did not open")

    def plain_words_become_needs(self) -> None:
        """'leccy' proposes a code, unticked; the FLO ticks it and another."""
        self.flo.post(f"{self.family}/needs/words", said="the leccy has run out")
        expect('id="proposed-energy_water"' in self.flo.page and "leccy" in self.flo.page, "the words led nowhere")
        expect(not re.search(r'id="proposed-energy_water"[^>]*checked', self.flo.page), "a code was ticked beforehand")
        self.flo.post(f"{self.family}/needs", codes=["energy_water", "forms_letters"], for_whom="family", within="week")
        expect(self.flo.url.endswith("/like"), f"needs were not kept: {self.flo.status}")
        self.flo.post(f"{self.family}/like", language="so", language_strength="would_help", features_help=["goes_with_you"])

    def suggestions_say_why(self) -> None:
        """At most three for each need, with why and why not, and nothing selected."""
        self.flo.post(f"{self.family}/suggestions")
        expect("/liaison/suggestions/" in self.flo.url, f"no suggestions: {self.flo.status}")
        for section in self.flo.page.split("<section")[1:]:
            expect(0 < section.count('class="kith-card"') <= 3, "not one to three cards")
        expect("Energy doctor" in self.flo.page and "Confirmed by" in self.flo.page and "Somali" in self.flo.page, "a card says too little")
        expect("checked" not in self.flo.page, "something was chosen beforehand")

    def an_introduction_is_sent(self) -> None:
        """The FLO chooses, records the agreement, looks once more and sends; a second press changes nothing."""
        form = re.search(r'action="(/liaison/needs/[^"]+/choose)"(?:(?!</form>).)*?name="offer" value="([^"]+)"(?:(?!</form>).)*?value="introduce"(?:(?!</form>).)*?name="press" value="([^"]+)"', self.flo.page, re.S)
        if form is None:
            raise StepFailed("no card offers an introduction")
        choice = {"offer": form.group(2), "kind": "introduce", "press": form.group(3)}
        self.flo.post(form.group(1), **choice)
        first = urllib.parse.urlsplit(self.flo.url).path
        self.flo.post(form.group(1), **choice)
        expect(urllib.parse.urlsplit(self.flo.url).path == first and first.endswith("/agreement"), "two presses made two introductions")
        self.flo.post(first, answer="agreed", fields=["first_name", "safe_contact", "need"], said="spoken", said_by="parent", language="so")
        expect(self.flo.url.endswith("/check"), f"the agreement was not kept: {self.flo.status}")
        self.referral = first.removesuffix("/agreement")
        self.flo.post(f"{self.referral}/check")
        expect(self.flo.url.endswith(self.referral) and "has the next step" in self.flo.page, "it was not sent")

    def the_mail_holds_nothing(self) -> None:
        """The partner's mail holds no name, need or place, and its link is new each time."""
        mail = next(m for m in self.mails() if m.kind == "partner_message")
        for secret in ("Canaryname", "900321", "LS9", "AK", "energy", "Energy", "Gas", "letters"):
            expect(secret not in mail.body.split("http")[0] + mail.subject, f"the mail tells {secret}")
        self.reply = "/r/" + mail.body.split("/r/")[1].split()[0]

    def the_partner_answers(self) -> None:
        """The link shows a card without names; looking changes nothing; one press answers."""
        for _ in range(3):
            self.anyone.get(self.reply)
        expect("A family would like help" in self.anyone.page and "Canaryname" not in self.anyone.page and "LS9 7AB" not in self.anyone.page, "the card tells too much")
        self.flo.get(self.referral)
        expect("opened the message" not in self.flo.page, "looking changed something")
        self.anyone.post(f"{self.reply}/accept")
        self.anyone.get(self.reply)
        self.anyone.post(f"{self.reply}/accept")
        expect("Send me the code" in self.anyone.page and "Canaryname" not in self.anyone.page, f"accepting failed: {self.anyone.status}")

    def details_open_with_a_code(self) -> None:
        """The agreed fields open with a code sent to the contact on record, once, and never by the link alone."""
        self.anyone.post(f"{self.reply}/code/send")
        expect(self.anyone.url.endswith("/code/enter"), "no code was sent")
        code = next(m for m in self.mails() if m.kind == "detail_code").body.split("code is ")[1][:6]
        self.anyone.post(f"{self.reply}/code/enter", code="000000" if code != "000000" else "000001")
        expect("Canaryname" not in self.anyone.page, "a wrong code opened it")
        self.anyone.post(f"{self.reply}/code/enter", code=code)
        expect("Canaryname" in self.anyone.page and "07700 900321" in self.anyone.page, "the right code did not open it")
        self.anyone.get(f"{self.reply}/code/enter")
        self.anyone.post(f"{self.reply}/code/enter", code=code)
        expect("Canaryname" not in self.anyone.page, "a code worked twice")

    def the_partner_follows_up(self) -> None:
        """Contacted, came, finished; and the offer is still right."""
        self.anyone.get(self.reply)
        for action in ("contact", "start", "finish"):
            self.anyone.post(f"{self.reply}/{action}")
            expect(self.anyone.status == 200, f"{action} failed: {self.anyone.status}")
        self.anyone.get(f"{self.reply}/offer/still-right")
        self.anyone.post(f"{self.reply}/offer/still-right", answer="yes", name="Raj")
        expect("Confirmed today" in self.anyone.page, "the offer was not confirmed")

    def it_closes_with_an_outcome(self) -> None:
        """It cannot close without an outcome; with the family's word it does."""
        self.flo.get(f"{self.referral}/outcome")
        self.flo.post(f"{self.referral}/outcome", said_by="family")
        expect(self.flo.status == 422, "it closed without an outcome")
        self.flo.post(f"{self.referral}/outcome", result="met", said_by="family", before=2, after=8)
        expect("What happened:" in self.flo.page and "Closed" in self.flo.page, "it did not close")
        self.anyone.get(self.reply)
        expect("nothing about the family is here" in self.anyone.page, "the link still shows something")

    def the_offer_stays_true(self) -> None:
        """The monthly mail: opening confirms nothing, one press does; a change waits for the school, with both sides shown; a pause acts at once."""
        at = now().astimezone(LONDON).replace(hour=10, minute=0)
        while not is_working_day(at.date()):
            at += timedelta(days=1)
        with self.sessions() as session:
            asked = digests.send_due(session, base_url=self.served.address, at=at)
            again = digests.send_due(session, base_url=self.served.address, at=at)
            mail = next(m for m in session.query(outbox.Message).order_by(outbox.Message.queued_at.desc(), outbox.Message.id) if m.kind == digests.KIND)
            session.commit()
        expect(asked.mailed > 5 and again.mailed == 0, f"{asked.mailed} were asked, and {again.mailed} a second time")
        path = "/o/" + mail.body.split("/o/")[1].split()[0]
        for _ in range(2):
            self.anyone.get(path)
        expect("Confirmed today" not in self.anyone.page, "opening the link confirmed the offer")
        self.anyone.post(path, answer="yes")
        expect("It is confirmed from today" in self.anyone.page and "Confirmed today" in self.anyone.page, f"one press did not confirm: {self.anyone.status}")
        self.flo.get("/liaison/calls")
        there = self.flo.links("/liaison/proposals/")
        self.anyone.get(f"{path}/change")
        boxes = filled(self.anyone.page) | {"description": "Said anew by the partner.", "step": "send"}
        self.anyone.post(f"{path}/change", **boxes)
        expect("waits for the school" in self.anyone.page, f"the change was not kept: {self.anyone.status}")
        self.anyone.get(path)
        expect("Said anew" not in self.anyone.page, "a change acted before anybody at the school saw it")
        self.flo.get("/liaison/calls")
        proposal = self.flo.link("/liaison/proposals/", but=there)
        self.flo.get(proposal)
        expect("Said anew by the partner." in self.flo.page and "What would change" in self.flo.page, "the school does not see what would change")
        self.flo.post(f"{proposal}/accept", seen=filled(self.flo.page)["seen"][0])
        self.anyone.get(path)
        expect("Said anew by the partner." in self.anyone.page, f"accepting changed nothing: {self.flo.status}")
        until = at.date() + timedelta(days=30)
        self.anyone.post(path, answer="pause", until=[str(until.day), str(until.month), str(until.year)])
        expect(f"It is paused until {until.day} {until:%B %Y}" in self.anyone.page, f"the pause did not act: {self.anyone.status}")

    def the_head_sees_no_family(self) -> None:
        """The head's page has figures under the small-number rule, and no way to a family."""
        self.head.get("/heads/")
        expect("families said that help helped" in self.head.page, "no figures")
        self.head.get("/heads/report.pdf")
        expect(self.head.status == 200, "the report is not a PDF")
        self.head.get(self.family)
        expect(self.head.status in (403, 404), "the head reached a family")

    def the_trust_sees_totals_alone(self) -> None:
        """The trust's page has totals over three schools, or says that they are too small to show, names none of them, and has no way to a family or to one school's figures."""
        self.trust.get("/trust/")
        expect("Totals over 3 schools" in self.trust.page and ("us a need" in self.trust.page or "so none is shown" in self.trust.page) and "St Oswin" not in self.trust.page, "no totals, or a school is named")
        self.trust.get("/trust/report.pdf")
        expect(self.trust.status == 200, "the trust's report is not a PDF")
        for path in (self.family, "/heads/"):
            self.trust.get(path)
            expect(self.trust.status in (403, 404), f"the trust reached {path}")

    def nobody_reaches_another_school(self) -> None:
        """A partner and a stranger get nowhere near a family."""
        self.partner.get(self.family)
        expect(self.partner.status in (403, 404), "a partner reached a family")
        stranger = Browser(self.served.address)
        stranger.get(self.family)
        expect("/sign-in" in stranger.url, "a stranger was not asked to sign in")

    def the_audit_holds(self) -> None:
        """The audit's chain is whole."""
        with self.sessions() as session:
            faults = audit.verify(session)
        expect(not faults, "; ".join(faults[:3]))


STEPS: tuple[Callable[[Walk], None], ...] = (
    Walk.every_role_signs_in, Walk.a_worry_stops_everything, Walk.a_family_is_added, Walk.plain_words_become_needs, Walk.suggestions_say_why,
    Walk.an_introduction_is_sent, Walk.the_mail_holds_nothing, Walk.the_partner_answers, Walk.details_open_with_a_code,
    Walk.the_partner_follows_up, Walk.it_closes_with_an_outcome, Walk.the_offer_stays_true, Walk.the_head_sees_no_family, Walk.the_trust_sees_totals_alone, Walk.nobody_reaches_another_school, Walk.the_audit_holds,
)


def walk(served: Any, *, as_json: bool = False) -> bool:
    """Walk the line and print a line a step; True only if every step held."""
    from web.cli.demo_check_together import TOGETHER

    line, told, held = Walk(served), [], True
    for step in (*STEPS[:-1], *TOGETHER, STEPS[-1]):
        try:
            step(line)
            told.append({"step": step.__name__, "holds": True, "says": step.__doc__})
        except StepFailed as error:
            held = False
            told.append({"step": step.__name__, "holds": False, "says": str(error)})
        if not as_json:
            click.echo(f"{'ok  ' if told[-1]['holds'] else 'FAIL'} {told[-1]['says']}")
        if not held:
            break
    if as_json:
        click.echo(json.dumps({"holds": held, "steps": told}))
    return held
