"""Dangers: nothing that came from outside is run, obeyed as a whole, or shown unescaped."""

from __future__ import annotations

import pytest

from tests.house import rules, tree


def test_no_code_runs_or_obeys_what_came_from_outside() -> None:
    found = [f"{path}:{line} {what}" for path in tree.python() for line, what in rules.dangers(tree.text_of(path))]
    assert not found, f"read JSON or CSV, call programs with a list, name each field of a form: {found}"


def test_no_template_shows_anything_unescaped_or_inline() -> None:
    found = [f"{path}:{line} {what}" for path in tree.files() if path.endswith(".html") for line, what in rules.template_dangers(tree.text_of(path))]
    assert not found, f"let Jinja escape, and move styles and scripts to web/static: {found}"


@pytest.mark.parametrize(
    "broken",
    [
        "import pickle", "from marshal import loads", "yaml.load(text)", "eval(text)", "exec(text)", "form.populate_obj(user)",
        "users.add(session, **request.form)", "users.add(session, **request.form.to_dict())", "subprocess.run(line, shell=True)", "os.system(line)",
        "Markup(f'<b>{name}</b>')", "Markup('<b>%s</b>' % name)", "users.add(session, **form.data)",
    ],
)
def test_the_danger_rule_fails_broken_code(broken: str) -> None:
    assert rules.dangers(broken)


@pytest.mark.parametrize(
    "fine", ["import json", "yaml.safe_load(text)", "subprocess.run(['ls'], shell=False)", "Markup('<b>{}</b>').format(name)", "f(**form.facts())"]
)
def test_the_danger_rule_passes_sound_code(fine: str) -> None:
    assert rules.dangers(fine) == []


@pytest.mark.parametrize(
    "broken",
    [
        "{{ note|safe }}", "{{ note | safe }}", "{% autoescape false %}", '<p style="color: red">', "<a href='#' onclick='go()'>", "<script>go()</script>",
        '<p\n class="x"\n style="a">',
    ],
)
def test_the_template_rule_fails_broken_markup(broken: str) -> None:
    assert rules.template_dangers(broken)


@pytest.mark.parametrize("fine", ["{{ note }}", '<script src="/static/kith.js"></script>', '<p class="style">on = "x"</p>', "{{ safe }}"])
def test_the_template_rule_passes_sound_markup(fine: str) -> None:
    assert rules.template_dangers(fine) == []
