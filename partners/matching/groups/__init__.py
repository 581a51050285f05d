"""Groups: needs alike enough to meet together, proposed from needs and requirements alone; a person names one, edits it, and asks each family.

With fewer than five families only its own liaison officer sees who is in it. A group meets a partner, a place and a time as one; agreement stays each family's.
"""

from partners.matching.groups.asking import (
    ask,
    attendance,
    for_partner,
    in_order,
    partner_answer,
    partner_sees,
    places,
    record_outcome,
    roll_up,
    take_part,
)
from partners.matching.groups.holding import (
    add_family,
    could_join,
    end,
    get,
    leave_out,
    listed,
    make,
    match,
    matches,
    members_of,
    needs_in_one,
    propose,
    rename,
)
from partners.matching.groups.meeting import came, meetings_of, plan_meetings, to_note
from partners.matching.groups.records import ANSWERS, FEWEST, RESULTS, GroupMeeting, GroupMember, MeetingPresence, NeedGroup

__all__ = [
    "ANSWERS",
    "FEWEST",
    "RESULTS",
    "GroupMeeting",
    "GroupMember",
    "MeetingPresence",
    "NeedGroup",
    "add_family",
    "ask",
    "attendance",
    "came",
    "could_join",
    "end",
    "for_partner",
    "get",
    "in_order",
    "leave_out",
    "listed",
    "make",
    "match",
    "matches",
    "meetings_of",
    "members_of",
    "needs_in_one",
    "partner_answer",
    "partner_sees",
    "places",
    "plan_meetings",
    "propose",
    "record_outcome",
    "rename",
    "roll_up",
    "take_part", "to_note",
]
