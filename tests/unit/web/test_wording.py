"""Wording beside the policy: every reason has a sentence, every code a heading, every feature and way its words; none shows a name from the code."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from matcher import Matcher, Offer, Request
from matcher.names import FEATURES, MODES
from matcher.policy import CRITERIA, UNMET_ORDER
from matcher.requirements import _FORMS
from partners.families.needs import UNMET_REASONS
from tests.builders_matching import a_need, a_request, a_requirement, an_offer
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request
from web import features, wording

A_NAME = re.compile(r"[a-z]_[a-z]")  # step_free, not_known: a name from the code on a page


def reasons_of_many_worlds() -> list[dict[str, Any]]:
    """The reasons of answers on drawn worlds, with the features that call for an independent offer or an easy one."""
    rng = random.Random(5)  # noqa: S311 (worlds to test, not secrets)
    found = []
    for world in range(60):
        offers = [Offer.from_dict(a_drawn_offer(rng, f"o{n}")) for n in range(12)]
        offers.append(Offer.from_dict(an_offer("send", needs=["send_advice"], features={rng.choice(("independent_of_school", "drop_in", "creche")): rng.choice(("yes", "no"))})))
        row = a_drawn_request(rng) | {"id": "r", "safety": "no"}
        if world % 3 == 0:
            row = a_request(a_requirement("feature", "would_help", value="same_worker"), needs=[a_need(code="send_advice", within=rng.choice(("today", "whenever")))])
        for need in Matcher().fit(offers).suggest(Request.from_dict(row)).to_dict()["needs"]:
            found += [r for s in need["suggestions"] for r in s["reasons"]] + [r for x in need["left_out"] for r in x["because"]]
    return found


def test_every_criterion_of_the_policy_speaks_and_every_reason_is_a_sentence() -> None:
    said = reasons_of_many_worlds()
    spoke = {r["criterion"] for r in said}
    assert {c.name for c in CRITERIA} - {"requirement"} <= spoke
    assert set(_FORMS) <= spoke
    for r in said:
        assert r["says"][0].isupper()
        assert r["says"].endswith(".")
        assert not A_NAME.search(r["says"]), r["says"]


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda c: c.name)
def test_a_row_of_the_policy_has_a_weight_and_says_where_it_comes_from(criterion: Any) -> None:
    assert 0 <= criterion.weight <= 0.5
    assert criterion.rules_out or criterion.weight or criterion.source.startswith("domain guide 5.1, step 8")
    assert criterion.source.startswith(("domain guide", "contract"))
    assert criterion.weight == 0 or re.search(r"judgement, [A-Z][a-z]+ 20\d\d$", criterion.source), "a weight of ours says that it is a judgement, and when"


def test_every_reason_that_a_need_is_unmet_has_its_sentence() -> None:
    for code in (*UNMET_ORDER, *UNMET_REASONS):
        assert not A_NAME.search(wording.UNMET[code])


def test_every_rule_that_leaves_out_has_a_heading_of_its_own() -> None:
    for name in [c.name for c in CRITERIA if c.rules_out and c.name != "requirement"]:
        assert name in wording._LEFT_OUT
    for what in _FORMS:
        assert wording.left_out_group({"criterion": what, "requirement": {"what": what}}) in wording.UNMET.values()


@pytest.mark.parametrize("record", [
    *(a_requirement("feature", value=f) for f in FEATURES), *(a_requirement("mode", value=m) for m in MODES), a_requirement("gender", value="women"),
    a_requirement("wait", "would_help", weeks=2), a_requirement("travel", by="bus", minutes=20), a_requirement("language", value="so"),
    a_requirement("time", days=["tue"], from_="09:00", until="12:00"), a_requirement("not_time", days=["sat", "sun"], from_="09:00", until="12:00"),
], ids=str)
def test_every_requirement_has_words_for_a_page(record: dict[str, Any]) -> None:
    assert not A_NAME.search(wording.rule(record))
    if record["what"] == "feature":
        assert record["value"] in features.ROWS


def test_every_change_that_lets_an_offer_in_has_words_of_its_own() -> None:
    rng = random.Random(6)  # noqa: S311 (worlds to test, not secrets)
    for _ in range(60):
        offers = [Offer.from_dict(a_drawn_offer(rng, f"o{n}")) for n in range(12)]
        for need in Matcher().fit(offers).suggest(Request.from_dict(a_drawn_request(rng) | {"id": "r", "safety": "no"})).to_dict()["needs"]:
            for change in (c for x in need["left_out"] for c in x.get("would_fit_if", ())):
                assert not A_NAME.search(wording.change(change)), change
                assert "its terms changed" not in wording.change(change), change
