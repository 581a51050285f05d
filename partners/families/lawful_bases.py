"""Lawful bases: on what legal ground a school shares something. The data protection officer decides it for the school; no family is asked for it.

Saying yes to a service is another thing, and is kept in another field. Not legal advice: a data protection officer reviews both lists.
"""

from __future__ import annotations

# Source: UK GDPR, article 6(1)(a) to (f). A state school does its own tasks as a public authority, which (f) does not cover.
BASES = {
    "public_task": "Public task: article 6(1)(e)",
    "legal_obligation": "Legal obligation: article 6(1)(c)",
    "vital_interests": "Vital interests: article 6(1)(d)",
    "consent": "Consent: article 6(1)(a)",
    "contract": "Contract: article 6(1)(b)",
    "legitimate_interests": "Legitimate interests: article 6(1)(f), independent schools only",
}
# What is shared may tell of health, belief or origin. Source: UK GDPR, article 9(2); Data Protection Act 2018, schedule 1.
CONDITIONS = {
    "not_decided": "Not decided yet",
    "none_shared": "Nothing of a special category is shared",
    "substantial_public_interest": "Substantial public interest: article 9(2)(g)",
    "health_or_social_care": "Health or social care: article 9(2)(h)",
    "vital_interests": "Vital interests: article 9(2)(c)",
    "explicit_consent": "Explicit consent: article 9(2)(a)",
}
# What stands until somebody decided, shown as undecided. Judgement, November 2026: schools often use it.
USUAL_BASIS, USUAL_CONDITION = "public_task", "not_decided"
