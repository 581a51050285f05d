"""Questionnaires: a link for each child, and the answers read with the family. What they may mean is proposed; only what is ticked is kept."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from partners.families import families, languages, own_pages, questionnaires
from partners.families.needs import Harm
from partners.families.questionnaires import Questionnaire
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord, SafetyStop
from partners.matching import answers, words
from web import wording
from web.database import now
from web.fields import AnyOf, KithForm, OneOf
from web.liaison import bp
from web.security import absolute
from web.signing_in import actor, roles_required
from web.squares import square

KEEP = {"must_not_know": "Who must not know", "safe_times": "When it is safe", "safe_way": "How it is safe to reach them"}


class ConfirmAnswersForm(KithForm):
    """What a person confirms of a family's answers, after talking with them."""

    harm = OneOf("First: is anyone at risk of harm now?", [("no", "No"), ("yes", "Yes"), ("not_sure", "Not sure")], required="Answer this first.")
    codes = AnyOf("What would help", lambda: list(words.labels().items()))
    keep = AnyOf("Keep with the family", list(KEEP.items()))


@bp.get("/families/<uuid:family_id>/questions")
@roles_required(Role.FLO)
def questions(family_id: uuid.UUID) -> str:
    """Choose for which child, and see what was asked before."""
    family = families.get(g.session, family_id, by=actor())
    return render_template("liaison/questions.html", family=family, rows=questionnaires.of_family(g.session, family, by=actor()), languages=languages.every())


@bp.post("/families/<uuid:family_id>/questions")
@roles_required(Role.FLO)
def begin_questions(family_id: uuid.UUID) -> str:
    """Make the link for one child, and show it once."""
    family = families.get(g.session, family_id, by=actor())
    wanted = request.form.get("child", "")
    child = next((c for c in family.children if str(c.id) == wanted), None)
    row, token = questionnaires.begin(g.session, family, child, by=actor(), at=now())
    address = absolute(url_for("family.start", token=token))
    return render_template("liaison/questions_link.html", family=family, row=row, path=url_for("family.start", token=token), address=address, picture=square(address))


@bp.post("/families/<uuid:family_id>/own-page")
@roles_required(Role.FLO)
def make_own_page(family_id: uuid.UUID) -> str:
    """Make the family's link to what is held about it, with the six numbers to say aloud; both are shown once."""
    family = families.get(g.session, family_id, by=actor())
    token, code = own_pages.make(g.session, family, by=actor(), at=now())
    address = absolute(url_for("family.door", token=token))
    return render_template("liaison/own_link.html", family=family, code=code, address=address, picture=square(address))


def _page(row: Questionnaire, form: ConfirmAnswersForm) -> str:
    said: list[tuple[str, Any]] = []
    english = languages.texts("en")
    for question in questionnaires.questions():
        value = row.said.get(question.key)
        if value is not None:
            chosen = value if isinstance(value, list) else [value]
            said.append((english[f"ask.{question.key}"], ", ".join(english[f"option.{v}"] for v in chosen) if question.options else str(value)))
    keep = [(k, label) for k, label in KEEP.items() if row.said.get(k) and (k != "safe_way" or answers.can_keep_way(row))]
    return render_template(
        "liaison/answers.html", form=form, row=row, said=said, tongue=languages.every()[row.language], found=answers.needs_proposed(row), rules=answers.rules_proposed(row),
        labels=words.labels(), keep=keep, strengths=[("must", "Must"), ("would_help", "Would help")], rule_words=lambda rule: wording.rule({**rule, "strength": "must"}).removesuffix(" (must)"),
    )


@bp.route("/questionnaires/<uuid:questionnaire_id>", methods=["GET", "POST"])
@roles_required(Role.FLO)
def look_at_answers(questionnaire_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Read what a family said, beside what it may mean, unticked. Keep what is ticked."""
    row = questionnaires.to_read(g.session, questionnaire_id, by=actor())
    form = ConfirmAnswersForm()
    if not form.is_submitted():
        return _page(row, form)
    if form.validate():
        facts = form.facts()
        strengths = {p.key: request.form[p.key] for p in answers.rules_proposed(row) if request.form.get(p.key) in answers.STRENGTHS}
        try:
            answers.confirm(
                g.session, row, codes=facts["codes"], strengths=strengths, keep=facts["keep"], harm=Harm(facts["harm"]), by=actor(), at=now(),
            )
            flash("Kept what you ticked. The rest of the answers stays with the questions.")
            return redirect(url_for(".family", family_id=row.family_id), 303)
        except SafetyStop:
            return redirect(url_for(".stop", family_id=row.family_id), 303)
        except InvalidRecord as error:
            form.blame(error)
    return _page(row, form), 422


@bp.post("/corrections/<uuid:correction_id>/done")
@roles_required(Role.FLO)
def correction_done(correction_id: uuid.UUID) -> Response:
    """A person looked at what a family says is not right, and told the family."""
    row = own_pages.get_correction(g.session, correction_id, by=actor())
    own_pages.finish_correction(g.session, row, by=actor(), at=now())
    return redirect(url_for(".today"), 303)
