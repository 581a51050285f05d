"""The rules about source code, each a function from a file's text to its faults: (line, what is wrong). None of them knows a path."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

Fault = tuple[int, str]

PICKLES = ("pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle")
SHELLS = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput")
WHOLE_FORMS = ("request.form", "request.args", "request.values", "request.json", "request.files", "form.data")
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.utcfromtimestamp", "time.time", "time.localtime", "time.gmtime")
VAGUE = re.compile(r"(^|[_./-])(helpers?|utils?|utilit(y|ies)|managers?|misc|common|stuff)($|[_./-])", re.IGNORECASE)
INLINE = re.compile(r"""<[a-z][^<>]*?\s(style|on[a-z]+)\s*=\s*["']""", re.IGNORECASE)
UNSAFE_FILTER = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|<script(?![^>]*(?:nonce|\bsrc=))[^>]*>", re.IGNORECASE)


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{_dotted(node.func)}()"
    return "…"


def _calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield node, _dotted(node.func)


def _ends_with(name: str, endings: tuple[str, ...]) -> bool:
    return any(name == ending or name.endswith("." + ending) for ending in endings)


def commits(source: str) -> list[Fault]:
    """Find where a transaction is committed: by name, or by a block of `….begin()` that commits at its end."""
    tree = ast.parse(source)
    rooms = {(name.asname or name.name).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for name in node.names}
    savepoints = _savepoints(tree)
    faults = []
    for call, name in _calls(source):
        if not isinstance(call.func, ast.Attribute):
            continue
        verb, receiver = call.func.attr, _dotted(call.func.value)
        # A savepoint belongs to the transaction around it, and `room.begin()` is some room's own verb.
        if (verb == "commit" and receiver not in savepoints) or (verb == "begin" and receiver not in rooms):
            faults.append((call.lineno, f"{name}()"))
    return faults


def _savepoints(tree: ast.Module) -> set[str]:
    """Return the names that are given savepoints and nothing else."""
    given: dict[str, set[bool]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            is_savepoint = isinstance(node.value, ast.Call) and _dotted(node.value.func).endswith(".begin_nested")
            for target in node.targets:
                given.setdefault(_dotted(target), set()).add(is_savepoint)
    return {name for name, kinds in given.items() if kinds == {True}}


def state_changes(source: str) -> list[Fault]:
    """Find where a `.state` is written: by assignment, setattr, or an UPDATE's values."""
    faults = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            continue
        targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
        flat = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])]
        faults += [(node.lineno, f"{_dotted(target)} = …") for target in flat if isinstance(target, ast.Attribute) and target.attr == "state"]
    for call, name in _calls(source):
        named = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        if (name.endswith("setattr") and "state" in named) or (name.endswith(".values") and any(word.arg == "state" for word in call.keywords)):
            faults.append((call.lineno, f"{name}(… state …)"))
    return faults


def clocks(source: str) -> list[Fault]:
    """Find where the machine's clock is read."""
    return [(call.lineno, f"{name}()") for call, name in _calls(source) if _ends_with(name, CLOCKS)]


def naive_clocks(source: str) -> list[Fault]:
    """Find where the machine's clock is read without a zone."""
    return [
        (call.lineno, f"{name}()") for call, name in _calls(source)
        if _ends_with(name, ("datetime.utcnow", "datetime.today", "date.today", "datetime.utcfromtimestamp"))
        or (_ends_with(name, ("datetime.now",)) and not call.args and not call.keywords)
    ]


def dangers(source: str) -> list[Fault]:
    """Find code that runs or obeys what came from outside: pickles, eval, shells, YAML objects, whole forms, markup made by formatting."""
    faults: list[Fault] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            faults += [(node.lineno, f"import {name.name}") for name in node.names if name.name.split(".")[0] in PICKLES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PICKLES:
            faults.append((node.lineno, f"from {node.module} import …"))
        elif isinstance(node, ast.Attribute) and node.attr == "populate_obj":
            faults.append((node.lineno, "populate_obj"))
    for call, name in _calls(source):
        if name in ("eval", "exec", "compile", "__import__") or _ends_with(name, (*SHELLS, "yaml.load", "yaml.unsafe_load", "yaml.full_load")):
            faults.append((call.lineno, f"{name}()"))
        for word in call.keywords:
            if word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False):
                faults.append((call.lineno, f"{name}(shell=…)"))
            if word.arg is None and any(whole in _dotted(word.value) for whole in WHOLE_FORMS):
                faults.append((call.lineno, f"{name}(**{_dotted(word.value)})"))
        if name.split(".")[-1] == "Markup" and call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call):
            faults.append((call.lineno, f"{name}(text put together): use Markup('…{{}}').format(value), which escapes"))
    return faults


def template_dangers(text: str) -> list[Fault]:
    """Find markup that is shown unescaped, and styles and scripts inside a page, which the content policy stops."""
    found = [(match.start(), match[0]) for match in UNSAFE_FILTER.finditer(text)]
    found += [(match.start(1), f"{match[1]}=") for match in INLINE.finditer(text)]
    return [(text.count("\n", 0, start) + 1, words) for start, words in sorted(found)]


def has_docstring(source: str) -> bool:
    """Whether a file says in its first line what concept lives there, as a sentence."""
    said = ast.get_docstring(ast.parse(source)) or ""
    return len(said.split("\n")[0].split()) >= 3 and said.split("\n\n")[0].rstrip().endswith((".", "!", "?", ":", "…"))


def is_vague(path: str) -> bool:
    """Whether a path is named after no concept."""
    return VAGUE.search(path.removesuffix(".py")) is not None
