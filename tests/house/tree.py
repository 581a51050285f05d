"""The project's own files: what git holds or would take, as text, without what was brought in from elsewhere."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("matcher", "partners", "web", "seeds")
# Files that others wrote, kept as they came; their licences lie beside them.
BROUGHT_IN = ("web/static/govuk/",)
TEXT = (".py", ".html", ".txt", ".css", ".js", ".csv", ".json", ".jsonl", ".md", ".toml", ".mako", ".svg", ".xml", ".ics", ".sh", ".po", ".yaml", ".yml", ".cfg", ".ini")


@cache
def files() -> tuple[str, ...]:
    """Return the path of every file of the project from its root, sorted. What .gitignore names is not the project's."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if listed.returncode == 0:
        found = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    else:
        # A source archive has no git: everything in it is the project's, save what running leaves behind.
        found = [
            str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
            if path.is_file() and not any(part == "__pycache__" or part in (".venv", ".git") or part.endswith("_cache") for part in path.parts)
        ]
    return tuple(sorted(path for path in found if not path.startswith(BROUGHT_IN)))


@cache
def text_of(path: str) -> str:
    """Return the text of one file, empty for a file of bytes."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def python(*under: str) -> list[str]:
    """Return the Python files below some folders; below the four packages when none is named."""
    return [path for path in files() if path.endswith(".py") and path.startswith(tuple(f"{folder}/" for folder in under or PACKAGES))]


def written() -> list[str]:
    """Return the files that somebody wrote as text, wherever they are."""
    return [path for path in files() if path.endswith(TEXT) or "." not in Path(path).name or path == ".ci/run"]
