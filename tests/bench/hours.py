"""Hours: how many opening hours and eligibility texts of real services are read whole, in part, or kept as words to check.

Run: python -m tests.bench.hours FILE, where FILE is JSON lines, packed or not, with `hours` and `eligibility`. There is no peer: a person's reading of each would be one.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from partners.registry.eligibility_words import Eligibility, read_eligibility
from partners.registry.hours import read_hours


def main(path: Path) -> None:
    """Print the counts."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    hours = [read_hours(row["hours"]) for row in rows if isinstance(row.get("hours"), str) and row["hours"].strip()]
    told = {
        "hours": len(hours), "whole": sum(bool(found) and not rest for found, rest in hours), "in_part": sum(bool(found) and bool(rest) for found, rest in hours),
        "words": sum(not found for found, _ in hours),
    }
    whom = [read_eligibility(row["eligibility"]) for row in rows if row.get("eligibility")]
    told |= {"eligibility": len(whom), "read": sum(not w.unread for w in whom), "ages": sum(w != Eligibility(unread=w.unread) for w in whom), "kept_as_words": sum(bool(w.unread) for w in whom)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
