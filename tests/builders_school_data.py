"""Builders of school data: exports as three systems write them by default, and a key of these tests' own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

ARBOR = "Arbor Student ID,UPN,Legal First Name,Legal Last Name,Date of Birth,Year Group,Currently eligible for FSM,Pupil Premium,SEN Status,EAL,First Language,Ethnicity,Religion,House"
SIMS = "Adno,Legal Surname,Forename,Year taught in,FSM,Pupil premium indicator,SEN Status,EAL Status,First Language,Ethnicity,In care"
BROMCOM = "UPN;Preferred Surname;NC Year;Free School Meals;PP;SEN Provision;Home Language;Religion;Medical Conditions"


def upn(n: int) -> str:
    """Return a made-up pupil number in the form of a real one."""
    return f"X{n:012d}"


def arbor(rows: Iterable[tuple[int, str, str, str, str, str, str]]) -> bytes:
    """Return an Arbor-like list of pupils: number, year, free meals, pupil premium, SEN, EAL, language."""
    lines = [f"{900 + n},{upn(n)},Zephyrine,Quillfeather,01/02/2018,{year},{fsm},{pp},{sen},{eal},{language},WBRI,Pastafarian,Red" for n, year, fsm, pp, sen, eal, language in rows]
    return "\r\n".join([ARBOR, *lines]).encode()


def weeks_of(keys: Iterable[int], mondays: Iterable[date], attended: int = 9) -> bytes:
    """Return an attendance export: a row a pupil and week, ten sessions possible."""
    lines = [f"{upn(n)},{monday:%d/%m/%Y},10,{attended}" for n in keys for monday in mondays]
    return "\n".join(["UPN,Week commencing,Possible sessions,Sessions attended", *lines]).encode()


def mondays(first: date, number: int) -> list[date]:
    """Return Mondays in a row."""
    return [first + timedelta(weeks=n) for n in range(number)]
