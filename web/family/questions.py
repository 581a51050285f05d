"""The questions: one a page, each of which may be left out; then what happens next, and how to change or stop it. No account, and no other family on it."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import questionnaires, schools
from partners.families.questionnaires import Answer, Question, Questionnaire
from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord
from web.database import now
from web.family import bp, own_browser, tongue
from web.fields import is_clean
from web.signing_in import open_by_link


def _open(token: str) -> tuple[Questionnaire, Actor]:
    return questionnaires.open_link(g.session, token, at=now())


def _around(token: str, row: Questionnaire) -> dict[str, Any]:
    return {"token": token, "row": row, "school": schools.get(g.session, row.school_id), **tongue(row.language)}


@bp.get("/f/<token>")
@open_by_link
def start(token: str) -> str | Response:
    """Say what this is, and in which languages. Opening changes nothing."""
    row, _who = _open(token)
    if row.given_at is not None:
        return redirect(url_for(".thanks", token=token), 303)
    asked = questionnaires.asked_of(g.session, row)
    following = next((q for q in asked if q.key not in row.said), asked[0])
    return render_template("family/start.html", following=following, **_around(token, row))


@bp.post("/f/<token>/language")
@open_by_link
def speak(token: str) -> Response:
    """Go on in another language."""
    row, who = _open(token)
    questionnaires.speak(g.session, row, request.form.get("language", ""), by=who)
    return redirect(url_for(".start", token=token), 303)


def progress(n: int, total: int, say: Any) -> str:
    """Return in words how far somebody has come: question `n` of `total`, both from 1."""
    word = "last_one" if n == total else "just_started" if n == 1 else "before_half" if 2 * n <= total else "past_half"
    return f"{say['page.progress'].format(n=n, total=total)} {say['page.' + word]}"


@bp.route("/f/<token>/ask/<key>", methods=["GET", "POST"])
@open_by_link
def ask(token: str, key: str) -> str | Response | tuple[str, int]:
    """Ask one question, and keep its answer."""
    row, who = _open(token)
    asked = questionnaires.asked_of(g.session, row)
    question = questionnaires.find_question(g.session, row, key)
    n = [q.key for q in asked].index(key) + 1
    fault, typed = None, row.said.get(key) if questionnaires.is_own_browser(row, own_browser()) else None
    if request.method == "POST":
        try:
            if request.form.get("do") != "skip":
                typed = _typed(question)
                questionnaires.answer(g.session, row, question, _clean(question, typed), browser=own_browser(), by=who, at=now())
            following = asked[n].key if n < len(asked) else None
            return redirect(url_for(".ask", token=token, key=following) if following else url_for(".ready", token=token), 303)
        except InvalidRecord as error:
            fault = error.message
    around = _around(token, row)
    page = render_template(
        "family/ask.html", question=question, n=n, before=asked[n - 2].key if n > 1 else None, typed=typed, fault=fault, most=questionnaires.LONGEST,
        hidden=key in row.said and typed is None, progress=progress(n, len(asked), around["say"]), **around,
    )
    return (page, 422) if fault else page


def _typed(question: Question) -> Any:
    if question.kind == "ticks":
        return request.form.getlist("ticks")
    if question.kind == "words":
        return request.form.get("words", "").replace("\r\n", "\n").strip()
    return request.form.get("one", "")


def _clean(question: Question, typed: Any) -> Answer | None:
    """Return an answer as it is kept, None for none. Raises InvalidRecord with the key of the sentence that says what is wrong."""
    if question.kind == "words" and not is_clean(typed):
        raise InvalidRecord("words", "not_clean")
    if question.kind == "scale" and typed:
        if not typed.isdecimal() or len(typed) > 2:
            raise InvalidRecord("one", "choose_listed")
        return int(typed)
    answer: Answer | None = typed or None
    return answer


@bp.route("/f/<token>/ready", methods=["GET", "POST"])
@open_by_link
def ready(token: str) -> str | Response:
    """Give the answers to school, or look at the questions again."""
    row, who = _open(token)
    if request.method == "POST":
        questionnaires.give(g.session, row, by=who, at=now())
        return redirect(url_for(".thanks", token=token), 303)
    asked = questionnaires.asked_of(g.session, row)
    return render_template("family/ready.html", first=asked[0].key, before=asked[-1].key, answered=sum(q.key in row.said for q in asked), total=len(asked), **_around(token, row))


@bp.get("/f/<token>/thanks")
@open_by_link
def thanks(token: str) -> str | Response:
    """Say what school does now, and how to change or stop this."""
    row, _who = _open(token)
    if row.given_at is None:
        return redirect(url_for(".start", token=token), 303)
    return render_template("family/thanks.html", first=questionnaires.asked_of(g.session, row)[0].key, **_around(token, row))


@bp.route("/f/<token>/take-back", methods=["GET", "POST"])
@open_by_link
def take_back(token: str) -> str:
    """Take the answers back: asked once, then they are gone."""
    row, who = _open(token)
    if request.method == "POST":
        around = _around(token, row)
        questionnaires.take_back(g.session, row, by=who, at=now())
        return render_template("family/taken_back.html", **around)
    return render_template("family/take_back.html", **_around(token, row))
