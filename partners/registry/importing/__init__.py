"""Importing: offers from other people's files. A plan first, then one transaction. An import never confirms anything.

`files` and `sheets` turn what was sent into plain records, `rows` a record into one offer in our words, `plans` compares and applies,
`origins` keeps where each field came from.
"""

from __future__ import annotations

from partners.registry.importing.files import LARGEST_BYTES as LARGEST_BYTES
from partners.registry.importing.files import read_text as read_text
from partners.registry.importing.files import records as records
from partners.registry.importing.files import records_of as records_of
from partners.registry.importing.plans import Plan as Plan
from partners.registry.importing.plans import apply as apply
from partners.registry.importing.plans import plan as plan
from partners.registry.importing.rows import MOST_ROWS as MOST_ROWS
from partners.registry.importing.rows import Refused as Refused
from partners.registry.importing.rows import Row as Row
from partners.registry.importing.rows import read_records as read_records
from partners.registry.importing.rows import read_rows as read_rows
