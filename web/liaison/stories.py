"""Stories: a liaison officer writes down what a family is glad to have told, with its own yes, and ends it when the family says."""

from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from partners.families import families, setting_aside
from partners.foundation.actors import Role
from partners.foundation.errors import InvalidRecord
from partners.impact import stories
from web.database import now
from web.fields import Day, KithForm, Lines, OneOf, Tick
from web.liaison import bp
from web.signing_in import actor, roles_required


class StoryForm(KithForm):
    """A story and the yes for it."""

    words = Lines("The story", required="Write the story.", most=stories.LONGEST, rows=8, hint="No names, no numbers, no street. Change what others would know them by.")
    agreed_how = OneOf("How did they say yes to this story?", [("spoken", "Spoken"), ("signed", "Signed")], required="Say how they said yes.")
    agreed_on = Day("On which day?", required="Give the day of their yes.")
    until_on = Day("Until when may it be told?", required="Give a last day.", hint="At most a year after their yes. They can end it any day.")
    details_changed = Tick("The details that others would know them by are changed", required="Change the details first.")
    read_to_them = Tick("It was read to them as it stands here", required="Read it to them first.")


@bp.get("/stories")
@roles_required(Role.FLO)
def story_list() -> str:
    """List the stories that may be told, and until when."""
    return render_template("liaison/stories.html", rows=stories.of_school(g.session, by=actor()))


@bp.route("/families/<uuid:family_id>/story", methods=["GET", "POST"])
@roles_required(Role.FLO)
def new_story(family_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Write a story down with the family's yes for it alone."""
    family, form = families.get(g.session, family_id, by=actor()), StoryForm()
    setting_aside.require_may_act(family)
    if not form.is_submitted():
        return render_template("liaison/story.html", form=form, family=family)
    if form.validate():
        try:
            stories.write(g.session, family, **form.facts(), by=actor(), at=now())
            flash("Kept. The head can read it; nobody but you can see whose it is.")
            return redirect(url_for(".story_list"), 303)
        except InvalidRecord as error:
            form.blame(error)
    return render_template("liaison/story.html", form=form, family=family), 422


@bp.post("/stories/<uuid:story_id>/end")
@roles_required(Role.FLO)
def end_story(story_id: uuid.UUID) -> Response:
    """Stop telling a story; its words are gone at once."""
    stories.end(g.session, stories.get(g.session, story_id, by=actor()), by=actor(), at=now())
    flash("It is told no more, and its words are gone.")
    return redirect(url_for(".story_list"), 303)
