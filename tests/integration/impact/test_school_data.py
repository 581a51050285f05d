"""School data: read by their headings, dropped where sensitive, hashed, sealed apart, planned first; and out of matching's reach."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from partners.families import families, schools
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound, NotReady
from partners.impact.school_data import columns, files, keys, plans, prompts, pupils
from partners.impact.school_data.pupils import SchoolPupil
from tests.builders_school_data import BROMCOM, SIMS, arbor, mondays, upn, weeks_of
from tests.house import tree
from tests.town_file import SCHOOL_DATA_KEY

AT = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
THREE = arbor([(1, "Year 1", "Yes", "Yes", "K", "Yes", "Somali"), (2, "Year 4", "No", "No", "N", "No", "English"), (3, "Reception", "Yes", "No", "E", "", "Arabic")])


def bring(session: Session, by: Actor, blob: bytes, at: datetime = AT) -> plans.Plan:
    return plans.apply(session, files.keep(session, blob, file_name="export.csv", by=by, at=at), by=by, at=at)


def facts(session: Session, school_id: object, n: int) -> dict[str, str]:
    return session.scalars(select(SchoolPupil).where(SchoolPupil.token == keys.token_of(school_id, upn(n)))).one().facts


def everything_kept(session: Session) -> str:
    return repr([session.execute(text(f"SELECT * FROM {table}")).all() for table in ("school_pupils", "school_data_files", "school_data_columns", "family_pupils", "audit_events")])  # noqa: S608


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (arbor([]).decode(), {"upn": "key", "year_group": "year", "currently_eligible_for_fsm": "fsm", "pupil_premium": "pp", "sen_status": "sen", "eal": "eal", "first_language": "language"}),
        (SIMS, {"adno": "key", "year_taught_in": "year", "fsm": "fsm", "pupil_premium_indicator": "pp", "sen_status": "sen", "eal_status": "eal", "first_language": "language"}),
        (BROMCOM, {"upn": "key", "nc_year": "year", "free_school_meals": "fsm", "pp": "pp", "sen_provision": "sen", "home_language": "language"}),
    ],
)
def test_the_usual_headings_of_three_systems_are_known(session: Session, office: SimpleNamespace, header: str, read: dict[str, str]) -> None:
    mark = ";" if ";" in header else ","
    file = files.keep(session, f"{header}\n{mark.join('x' for _ in header.split(mark))}".encode(), file_name="a.csv", by=office.admin, at=AT)
    found = {h: name for h, name in plans.plan(session, file, by=office.admin).reading.items() if name}
    assert found == read
    assert not {"ethnicity", "religion", "legal_surname", "medical_conditions", "date_of_birth"} & set(file.headings)


def test_names_ethnicity_religion_and_the_pupil_number_are_nowhere_in_the_database(session: Session, office: SimpleNamespace) -> None:
    file = files.keep(session, THREE, file_name="export.csv", by=office.admin, at=AT)
    assert {"legal_first_name", "legal_last_name", "date_of_birth", "ethnicity", "religion"} == set(file.dropped)
    sealed = repr(file.content)
    plans.apply(session, file, by=office.admin, at=AT)
    for words in (upn(1), upn(2), "Zephyrine", "Quillfeather", "Pastafarian", "WBRI", "Somali", "Year 1"):
        assert words not in everything_kept(session), words
    assert upn(1) not in sealed
    assert "Zephyrine" not in sealed


def test_a_pupils_number_under_an_unknown_heading_is_a_hash_before_it_is_kept(session: Session, office: SimpleNamespace) -> None:
    file = files.keep(session, f"Our ref,FSM\n{upn(7)},Yes".encode(), file_name="a.csv", by=office.admin, at=AT)
    assert file.content[0]["our_ref"].startswith(keys.MARK)
    assert not plans.plan(session, file, by=office.admin).ready
    files.say_columns(session, file, {"our_ref": "key", "fsm": "fsm"}, empty=False, by=office.admin, at=AT)
    assert plans.apply(session, file, by=office.admin, at=AT).new == 1
    assert facts(session, office.school.id, 7) == {"fsm": "yes"}


def test_nothing_changes_until_it_is_brought_in_and_a_second_time_changes_nothing(session: Session, office: SimpleNamespace) -> None:
    file = files.keep(session, THREE, file_name="export.csv", by=office.admin, at=AT)
    made = plans.plan(session, file, by=office.admin)
    assert (made.new, made.changed, made.same) == (3, 0, 0)
    assert pupils.counts(session, by=office.admin) == (0, 0)
    plans.apply(session, file, by=office.admin, at=AT)
    plans.apply(session, file, by=office.admin, at=AT)
    assert file.content == []
    assert pupils.counts(session, by=office.admin) == (3, 0)
    again = files.keep(session, THREE, file_name="export.csv", by=office.admin, at=AT)
    made = plans.plan(session, again, by=office.admin)
    assert (made.new, made.changed, made.same, made.does_something) == (0, 0, 3, False)


def test_free_meals_and_pupil_premium_are_apart_and_infant_meals_are_neither(session: Session, office: SimpleNamespace) -> None:
    bring(session, office.admin, THREE)
    assert facts(session, office.school.id, 3) == {"year": "Reception", "fsm": "yes", "pp": "no", "sen": "E", "language": "Arabic"}
    assert columns.guess("Universal Infant Free School Meals") is None


def test_what_a_file_has_no_column_for_stays(session: Session, office: SimpleNamespace) -> None:
    bring(session, office.admin, THREE)
    bring(session, office.admin, f"UPN,FSM\n{upn(1)},No".encode())
    assert facts(session, office.school.id, 1) == {"year": "Y1", "fsm": "no", "pp": "yes", "sen": "K", "eal": "yes", "language": "Somali"}


def test_an_empty_cell_is_not_known_until_a_person_says_that_it_means_no(session: Session, office: SimpleNamespace) -> None:
    blob = f"UPN,FSM,SEN\n{upn(1)},,\n{upn(2)},Yes,K".encode()
    file = files.keep(session, blob, file_name="a.csv", by=office.admin, at=AT)
    assert plans.plan(session, file, by=office.admin).pupils[keys.token_of(office.school.id, upn(1))].facts == {"fsm": None, "sen": None}
    files.say_columns(session, file, {"upn": "key", "fsm": "fsm", "sen": "sen"}, empty=True, by=office.admin, at=AT)
    plans.apply(session, file, by=office.admin, at=AT)
    assert facts(session, office.school.id, 1) == {"fsm": "no", "sen": "N"}


def test_how_columns_are_read_is_kept_for_the_next_file_and_for_this_school_alone(session: Session, office: SimpleNamespace) -> None:
    file = files.keep(session, b"Ref No,Dinners\nA1,Y", file_name="a.csv", by=office.admin, at=AT)
    with pytest.raises(InvalidRecord, match="which column holds the pupil's key"):
        files.say_columns(session, file, {"dinners": "fsm"}, empty=False, by=office.admin, at=AT)
    with pytest.raises(InvalidRecord, match="Two columns"):
        files.say_columns(session, file, {"ref_no": "key", "dinners": "key"}, empty=False, by=office.admin, at=AT)
    files.say_columns(session, file, {"ref_no": "key", "dinners": "fsm"}, empty=False, by=office.admin, at=AT)
    assert files.columns_for(session, office.school.id, ["dinners", "ref_no"]) == {"dinners": "fsm", "ref_no": "key"}
    other = schools.add(session, name="Dale", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=AT)
    assert files.columns_for(session, other.id, ["dinners", "ref_no"]) == {"dinners": None, "ref_no": None}


def test_rows_that_are_not_brought_in_are_told_by_number_and_never_by_what_stood_there(session: Session, office: SimpleNamespace) -> None:
    blob = f"UPN,Year Group,FSM\n,Year 1,Yes\n{upn(1)},Year 44,Yes\n{upn(1)},Year 1,Yes\n{upn(2)},Year 2,perhaps".encode()
    made = bring(session, office.admin, blob)
    assert [(row, why) for row, _, why in made.refused] == [(2, "has no pupil's key"), (4, "says the same pupil a second time")]
    assert [(row, column) for row, column, _ in made.left_out] == [(3, "year_group"), (5, "fsm")]
    assert "perhaps" not in repr(made.left_out)
    assert facts(session, office.school.id, 2) == {"year": "Y2"}


def test_weeks_are_kept_by_their_monday_and_a_later_file_mends_them(session: Session, office: SimpleNamespace) -> None:
    bring(session, office.admin, weeks_of([1, 2], mondays(date(2026, 9, 9), 3)))  # Wednesdays
    bring(session, office.admin, weeks_of([1], [date(2026, 9, 7)], attended=4))
    pupil = session.scalars(select(SchoolPupil).where(SchoolPupil.token == keys.token_of(office.school.id, upn(1)))).one()
    assert pupil.weeks == {"2026-09-07": [10, 4], "2026-09-14": [10, 9], "2026-09-21": [10, 9]}
    made = bring(session, office.admin, f"UPN,Week,Possible,Attended\n{upn(1)},07/09/2026,10,11".encode())
    assert len(made.refused) == 1


def test_a_familys_own_answers_stay_to_the_byte(session: Session, office: SimpleNamespace) -> None:
    family = families.add(session, initials="AK", language="so", children=[{"year_group": "Y1"}], by=office.flo, at=AT)
    tables = ("families", "children", "needs", "family_requirements")
    before = [session.execute(text(f"SELECT * FROM {t}")).all() for t in tables]  # noqa: S608
    bring(session, office.admin, f"UPN,Kith code,Year,First Language\n{upn(1)},{keys.code_of(family.id)},Year 6,Polish".encode())
    assert pupils.counts(session, by=office.admin) == (1, 1)
    assert [session.execute(text(f"SELECT * FROM {t}")).all() for t in tables] == before  # noqa: S608


def test_a_person_links_by_code_and_key_and_takes_it_away_again(session: Session, office: SimpleNamespace) -> None:
    family = families.add(session, initials="AK", by=office.flo, at=AT)
    bring(session, office.admin, THREE)
    [(_, code)] = prompts.codes(session, by=office.flo)
    pupils.link(session, code=f" {code[:4].lower()} {code[4:]}", key=upn(1).lower(), by=office.admin, at=AT)
    assert prompts.first_language(session, family, by=office.flo) == "Somali"
    pupils.unlink(session, key=upn(1), by=office.admin, at=AT)
    assert prompts.first_language(session, family, by=office.flo) is None
    for wrong in ({"code": "AAAA AAAA", "key": upn(1)}, {"code": code, "key": upn(99)}, {"code": code, "key": ""}):
        with pytest.raises(InvalidRecord):
            pupils.link(session, **wrong, by=office.admin, at=AT)


def test_the_first_language_is_a_prompt_and_gone_once_the_parent_has_said(session: Session, office: SimpleNamespace) -> None:
    family = families.add(session, initials="AK", language="en", by=office.flo, at=AT)
    bring(session, office.admin, THREE)
    pupils.link(session, code=keys.code_of(family.id), key=upn(1), by=office.admin, at=AT)
    assert prompts.first_language(session, family, by=office.flo) is None
    assert family.language == "en"


def test_nobody_else_may_send_link_or_forget(session: Session, office: SimpleNamespace) -> None:
    for who in (office.flo, office.head):
        with pytest.raises(NotAllowed):
            files.keep(session, THREE, file_name="a.csv", by=who, at=AT)
        with pytest.raises(NotAllowed):
            pupils.forget_all(session, by=who, at=AT)
    with pytest.raises(NotAllowed):
        prompts.codes(session, by=office.admin)
    other = schools.add(session, name="Dale", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=AT)
    theirs = users.actor_of(users.add(session, email="admin@dale.example", name="Bo", roles=[Role.ADMIN], school_id=other.id, by=SYSTEM, at=AT))
    file = files.keep(session, THREE, file_name="a.csv", by=office.admin, at=AT)
    with pytest.raises(NotFound):
        files.get(session, file.id, by=theirs)
    family = families.add(session, initials="AK", by=office.flo, at=AT)
    bring(session, theirs, THREE)
    with pytest.raises(InvalidRecord):
        pupils.link(session, code=keys.code_of(family.id), key=upn(1), by=theirs, at=AT)


def test_files_are_forgotten_after_seven_days_and_everything_when_asked(session: Session, office: SimpleNamespace) -> None:
    old = files.keep(session, THREE, file_name="a.csv", by=office.admin, at=AT)
    files.keep(session, THREE, file_name="b.csv", by=office.admin, at=AT + timedelta(days=8))
    assert [f.file_name for f in files.waiting(session, by=office.admin)] == ["b.csv"]
    assert old not in files.waiting(session, by=office.admin)
    bring(session, office.admin, THREE)
    assert pupils.forget_all(session, by=office.admin, at=AT) == 3
    assert pupils.counts(session, by=office.admin) == (0, 0)
    assert files.waiting(session, by=office.admin) == []


def test_the_same_pupil_at_two_schools_has_two_hashes(session: Session, office: SimpleNamespace) -> None:
    other = schools.add(session, name="Dale", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=AT)
    assert keys.token_of(office.school.id, upn(1)) != keys.token_of(other.id, upn(1))


def test_the_key_of_families_does_not_open_school_data(session: Session, office: SimpleNamespace, sealing_keys: list[str]) -> None:
    bring(session, office.admin, THREE)
    session.expire_all()
    keys.use_keys(sealing_keys)
    with pytest.raises(NotReady):
        session.scalars(select(SchoolPupil)).all()
    keys.use_keys([SCHOOL_DATA_KEY])
    session.expire_all()
    assert len(session.scalars(select(SchoolPupil)).all()) == 3


def test_switched_off_nothing_is_taken(session: Session, office: SimpleNamespace) -> None:
    keys.use_keys([])
    with pytest.raises(InvalidRecord, match="switched off"):
        files.keep(session, THREE, file_name="a.csv", by=office.admin, at=AT)
    assert prompts.codes(session, by=office.flo) == []


@pytest.mark.parametrize("blob", [b"", b"UPN\n", b"\0\0\0\0", b"PK\x03\x04broken", b'UPN,FSM\n"open', b"x" * (5 * 1024 * 1024 + 1), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"])
def test_a_file_that_cannot_be_read_is_refused_in_plain_words(session: Session, office: SimpleNamespace, blob: bytes) -> None:
    with pytest.raises(InvalidRecord):
        files.keep(session, blob, file_name="a.csv", by=office.admin, at=AT)


def test_letters_of_an_older_system_are_read(session: Session, office: SimpleNamespace) -> None:
    blob = f"UPN,First Language\n{upn(1)},Français".encode("cp1252")
    bring(session, office.admin, blob)
    assert facts(session, office.school.id, 1) == {"language": "Français"}
    bring(session, office.admin, f"UPN,First Language\n{upn(2)},Polski".encode("utf-16"))
    assert facts(session, office.school.id, 2) == {"language": "Polski"}


def _contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
    )


def test_matching_that_imports_school_data_fails_the_build(tmp_path: Path) -> None:
    for name in ("matcher", "partners", "web", "seeds", "tests"):
        shutil.copytree(tree.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates", "*.bin", "*.xz", "*.png", "*.npz"))
    shutil.copy(tree.ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    room = tmp_path / "partners" / "matching" / "requests.py"
    room.write_text(room.read_text(encoding="utf-8") + "\nfrom partners.impact.school_data import pupils  # noqa\n", encoding="utf-8")
    checked = _contracts(tmp_path)
    assert checked.returncode == 1
    assert "school data are for counting" in checked.stdout
    assert "partners.matching.requests -> partners.impact.school_data" in checked.stdout.replace("\n", " ")


def test_a_process_that_matches_has_no_school_data_in_it() -> None:
    program = (
        "import importlib, pkgutil, sys\nimport partners.matching\n"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(partners.matching.__path__, 'partners.matching.')]\n"
        "print([m for m in sys.modules if 'school_data' in m])\n"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=tree.ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
