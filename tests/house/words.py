"""Words about families that Kith does not say: each starts at a word's edge, in any case except DNA."""

from __future__ import annotations

import ast
import re

# The list agreed in the domain guide, 2.2, with what to write instead.
BANNED = {
    r"caseload": "families you are working with",
    r"refer on\b": "tell about; introduce to",
    r"discharge[ds]?\b": "finished",
    r"non-?engag\w+": "not taken up yet; the offer didn't fit",
    r"(?-i:DNA\b)": "couldn't make it; we'll ask what would work",
    r"hard[- ]to[- ]reach": "we haven't reached them yet",
    r"chas(e|ed|ing)\b": "ask again",
    r"dealing with": "working on; has",
    r"tick-?box": "say what it is",
    r"(in)?appropriate referral": "not the right fit; here's what would be",
    r"the vulnerable": "the situation; may need extra help with…",
    r"vulnerable (parent|famil|child)": "the situation; may need extra help with…",
    r"disadvantaged (famil|child|parent|pupil)": "families on low incomes",
    r"low-level famil": "say what would help",
    r"disengaged": "not taken up yet; the offer didn't fit",
    r"refused support": "said no for now",
    r"non-?compliant": "said no for now",
    r"failed to attend": "couldn't make it; we'll ask what would work",
    r"chaotic": "a lot going on; several things to sort out",
    r"(problem|troubled) famil": "a lot going on; several things to sort out",
    r"service users?\b": "family, parent or carer, person",
    r"clients?\b": "family, parent or carer, person",
    r"broken home": "lives with…; one adult at home",
    r"school refuser": "finding school hard; not able to get in yet",
    r"(poor|bad) attend": "missing school; attendance 84%",
    r"attention-seeking": "asking for connection",
    r"challenging parent": "parent raising a concern",
    r"(no|poor) English": "speaks Somali; prefers an interpreter",
    r"illegal immigrant": "person seeking safety (usually do not record)",
    r"NRPF famil": "needs help that doesn't depend on benefits",
    r"wheelchair-bound": "uses a wheelchair",
    r"suffer(s|ing) from": "has…",
    r"special needs child": "child with SEND",
    r"battered": "person experiencing abuse; survivor if they say so",
    r"signpost\w*": "told about; introduced to",
    r"empower\w*": "making it easier for parents to decide",
    r"alcoholic": "wants help with drugs or drinking",
    r"deprived": "on low incomes",
}
# One space in the list is any white space in a file, so that a line's end hides nothing.
_ONE = {re.compile(rf"\b(?:{pattern})".replace(" ", r"\s+").replace(r"[-\s+]", r"[-\s]+"), re.IGNORECASE): instead for pattern, instead in BANNED.items()}
_ALL = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in _ONE), re.IGNORECASE)


def banned_in(text: str) -> list[tuple[int, str, str]]:
    """Return each banned word in a text: its line (from 1), the words as they stand, and what to write instead."""
    if not _ALL.search(text):
        return []
    found = [
        (text.count("\n", 0, match.start()) + 1, match[0], instead) for pattern, instead in _ONE.items() for match in pattern.finditer(text)
    ]
    return sorted(found)


def prose_of_template(text: str) -> str:
    """Return a template without its comments and its code blocks, on the same lines: tags and what they print stay."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    return re.sub(r"\{#.*?#\}", blank, text, flags=re.DOTALL)


def prose_of_code(source: str) -> list[tuple[int, str]]:
    """Return the strings of a Python file that could be shown: those with white space in them. Docstrings are for developers."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings and re.search(r"\s", node.value.strip())
    ]
