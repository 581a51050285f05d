"""The need codes: 62 things a family could say out loud, in 11 groups, each with the path it takes.

The codes, labels and paths are our own. `outcomes` are the numbers of Supporting Families' ten outcomes.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass


@dataclass(frozen=True)
class NeedCode:
    """One need: its code, group, label, everyday synonyms, a note for whoever helps, Supporting Families outcomes, and path.

    `path` is open, care, urgent, regulated or school (suggested), or restricted or dsl_only (never a list).
    """

    code: str
    group: str
    label: str
    synonyms: tuple[str, ...]
    note: str
    outcomes: tuple[int, ...]
    path: str


def _need(code: str, group: str, label: str, synonyms: str, note: str, outcomes: tuple[int, ...], path: str = "open") -> NeedCode:
    return NeedCode(code, group, label, tuple(s.strip() for s in synonyms.split(";")), note, outcomes, path)


GROUPS: tuple[str, ...] = (
    "Food and essentials",
    "Money and benefits",
    "Home",
    "Language and settling in",
    "School life",
    "Attendance and the school day",
    "SEND and disability",
    "Health and feelings",
    "Family life",
    "Belonging and work",
    "Safety (restricted)",
)
_G = GROUPS

_ROWS = (
    _need("food_now", _G[0], "Food for the next few days", "food bank; food parcel; voucher; no food in; hungry", "Usually professional referral/e-voucher, min. 3 days' food; many food banks limit repeats (ask locally). Offer cash-first help (CRF) as well.", (10,)),
    _need("food_weekly", _G[0], "Cheaper food every week", "pantry; food club; social supermarket; community fridge", "Usually self-refer, small fee, postcode rules. Better than repeat parcels.", (10,)),
    _need("school_meals", _G[0], "Free school meals", "FSM; dinners; dinner money; NI number", "UC households from Sept 2026; families without public funds have their own route; infant meals are different. School office task, not a partner referral.", (10,), "school"),
    _need("holiday_club", _G[0], "Holiday clubs with food", "HAF; summer club; holiday hunger", "Code from school/council; R-Y11 benefits-related FSM + up to 15% others; not half-term.", (10, 1)),
    _need("uniform", _G[0], "School uniform and shoes", "blazer; PE kit; swap shop; coat", "3 branded items max (s.35 2026 Act). Prefer no-questions swap.", (10,)),
    _need("beds", _G[0], "A bed or bedding", "mattress; duvet; sleeping on floor; sharing a bed", "Some bed charities take school referrals only; crisis fund can cover beds. Ask the DSL if sleeping arrangements worry you.", (9, 10)),
    _need("furniture_appliances", _G[0], "Furniture, a cooker, fridge or washing machine", "sofa; white goods; broken cooker; flooring", "Listed as allowable crisis payments; reuse charities; check delivery and fitting.", (9, 10)),
    _need("hygiene_period", _G[0], "Toiletries, laundry and period products", "period poverty; washing powder; hygiene bank; sanitary", "DfE scheme gives free period products in schools; be discreet.", (10, 3)),
    _need("baby_things", _G[0], "Things for a baby", "nappies; pram; cot; formula; baby bank", "Formula has its own guidance: check partner policy; Healthy Start.", (2, 10)),
    _need("warm_space", _G[0], "Somewhere warm and friendly", "warm space; warm bank; welcome space; heating off", "Seasonal: dates essential.", (10,)),
    _need("income_check", _G[1], "Check we get all we're entitled to", "benefits; UC; PIP; DLA; child benefit; better off", "Accredited adviser. Never suggest benefit claims when the family says it must not affect immigration status.", (10,), "care"),
    _need("debt", _G[1], "Help with debt", "bailiffs; arrears; loan shark; catalogue; council tax", "FCA-authorised only; illegal lender -> specialist line; breathing space exists.", (10,), "regulated"),
    _need("energy_water", _G[1], "Gas, electric and water bills", "prepay; meter; leccy; top-up; social tariff", "Priority Services Register; fuel vouchers are time-critical.", (10,)),
    _need("emergency_money", _G[1], "Emergency money from the council", "CRF; household support; crisis payment; welfare scheme", "From Apr 2026 cash-first; urgent cases about 48 h; not only for people on benefits; councils set rules.", (10,)),
    _need("school_costs", _G[1], "Trips, clubs and school equipment", "trip money; instrument; laptop; calculator; photos", "Look in-school first (pupil premium, charging policy).", (10, 1), "school"),
    _need("forms_letters", _G[1], "Help with forms and letters", "fill in; brown envelope; application; understand letter", "Low literacy and EAL; offer to sit together.", (10,)),
    _need("housing_risk", _G[2], "Might lose our home", "eviction; notice; homeless; section 21; sofa surfing", "Council homelessness duty (act early: 56 days); same-day route if tonight; DSL if children at risk.", (9,), "urgent"),
    _need("temp_home", _G[2], "Living in a hotel, hostel or shared home", "temporary accommodation; B&B; asylum hotel; moved far", "Travel, cooking, laundry, play; school travel right. Do not ask why.", (9,), "care"),
    _need("repairs_damp", _G[2], "Damp, mould or repairs", "broken boiler; landlord; mice; unsafe", "Different routes: council/HA (Awaab's Law) or private (environmental health). Retaliation worry.", (9,)),
    _need("overcrowded", _G[2], "Too little room or need to move", "overcrowding; transfer; bidding; housing list", "Long waits: set expectations.", (9,)),
    _need("esol", _G[3], "Learning English", "ESOL; English class; conversation group", "Eligibility and waiting lists; crèche and daytime/evening; women-only if asked.", (1, 10)),
    _need("letters_explained", _G[3], "Someone to explain in our language", "interpreter; translate; phone call; school letter", "This is an access need too: never a child; check dialect; confidential in small communities.", (1,)),
    _need("new_here", _G[3], "New to the country or area", "new arrival; settling in; GP; school place; refugee; Ukraine; Hong Kong", "Welcome, orientation, buddy; school place = LA admissions.", (1, 3)),
    _need("immigration_advice", _G[3], "Immigration advice", "visa; status; leave to remain; solicitor; NRPF", "Registered adviser only; FLO must not advise. Record only 'wants immigration advice'.", (10,), "regulated"),
    _need("digital", _G[3], "Getting online", "data; SIM; wifi; device; email; school app", "Data banks; repair; digital champions. Affects every other referral.", (10,)),
    _need("own_community", _G[3], "Meet people who share our language or background", "cultural group; mosque; church; women's group", "ONLY when the parent asks. Never inferred from ethnicity, name or language code.", (5,)),
    _need("how_school_works", _G[4], "How school works and who to ask", "levels; reports; parents' evening; app; phonics", "Barrier 1 in the article; short, in person, with peer.", (1,)),
    _need("home_learning", _G[4], "Helping my child learn at home", "reading; homework; phonics; maths; books", "EEF: practical, small steps; text nudges; avoid adding pressure.", (1,)),
    _need("parent_confidence", _G[4], "Feeling confident to come in to school", "scared of school; bad memories; advocate; come with me", "Peer parent supporter or partner who is not school staff; neutral venue.", (1, 5)),
    _need("independent_advice", _G[4], "Independent advice when I disagree with school", "complaint; exclusion; suspension; appeal", "Must be independent of school. Offer without being asked twice. Do not file in the family's 'concerns'.", (1,), "care"),
    _need("tutoring", _G[4], "Homework club or tutoring", "catch up; SATs; GCSE; study space", "Supplementary schools and libraries count.", (1,)),
    _need("adult_learning", _G[4], "Reading, writing or maths for grown-ups", "adult literacy; numeracy; Read Easy; GCSE", "Private, one-to-one; off site.", (10, 1)),
    _need("attendance", _G[5], "Getting to school every day", "absence; late; attendance; mornings", "Support first. Ask what gets in the way; the need is usually one of the others.", (1,), "care"),
    _need("feels_too_much", _G[5], "School feels too much (worry about school)", "EBSA; school anxiety; 'refuser'; not in", "Never 'refuser'. SEND + wellbeing route; small steps.", (1, 3), "care"),
    _need("school_travel", _G[5], "Getting to school and back", "bus; too far; taxi; two schools; bike", "LA home-to-school travel policy; siblings in different schools.", (1,)),
    _need("wraparound", _G[5], "Breakfast and after-school care", "breakfast club; childcare; work hours; tax-free childcare", "Free breakfast clubs rolling out from 2026.", (1, 10)),
    _need("moving_on", _G[5], "Starting or changing school", "transition; year 7; reception; moved in year", "Visits, buddy, one-page profile; per child.", (1,)),
    _need("send_advice", _G[6], "Advice about special needs or an EHC plan", "SENDIASS; EHCP; SEN support; tribunal", "Statutory, free, impartial, confidential; arms-length from LA. No diagnosis needed.", (1, 3)),
    _need("autism_adhd", _G[6], "Autism or ADHD: before, during or after diagnosis", "waiting list; neurodivergent; sensory; meltdown", "Check 'no diagnosis needed'. Waits run to years; help while waiting.", (3, 1)),
    _need("short_breaks", _G[6], "Breaks and clubs for disabled children", "respite; Saturday club; buddy; inclusive", "Eligibility often EHC plan/assessment; local offer.", (3, 5)),
    _need("talking", _G[6], "Talking, listening and communication", "speech; language; SALT; selective mutism; Makaton", "Self-referral varies by area.", (2, 3), "care"),
    _need("sleep_daily", _G[6], "Sleep, eating, toilet and routines", "bedtime; continence; picky eating", "Health visitor/school nurse/charity helplines.", (2, 3)),
    _need("disability_money_kit", _G[6], "Disability benefits, equipment or home changes", "DLA; PIP; blue badge; adaptation; hoist", "Form help; OT via council.", (10, 3), "care"),
    _need("child_wellbeing", _G[7], "A child's worries, sadness or big feelings", "anxiety; anger; self-esteem; CAMHS; MHST; counselling", "Risk of harm -> DSL/crisis line. Mental health support team first where school has one.", (3,), "care"),
    _need("grief", _G[7], "Someone has died or is very ill", "bereavement; funeral; loss", "Wait for child groups; helpline for adults now.", (3, 5), "care"),
    _need("health_access", _G[7], "Seeing a GP, dentist, nurse or optician", "register; glasses; teeth; vaccines; hearing", "School nurse; HC1; no ID needed to register with GP.", (3,)),
    _need("parent_wellbeing", _G[7], "A parent's own mental health", "depression; stress; anxiety; low", "NHS Talking Therapies self-referral; crisis 111 option 2. Not a parenting judgement.", (3,), "care"),
    _need("parent_disability", _G[7], "A parent's illness, disability or learning disability", "carer; MS; wheelchair; learning disability; Deaf", "Adult social care assessment; easy read; BSL. Look for young carers in the home, kindly.", (3,), "care"),
    _need("new_baby", _G[7], "Pregnancy and a new baby", "maternity; postnatal; breastfeeding; PND", "Family hub; health visitor.", (2, 3)),
    _need("substances", _G[7], "Alcohol, drugs or gambling", "drinking; addiction; bets; vaping", "Self-refer; whole-family service; DSL where children affected.", (4,), "care"),
    _need("parenting", _G[8], "Ideas and support for parenting", "behaviour; boundaries; teenagers; course", "Peer-led, choice of times; 'support', not 'training'.", (5,)),
    _need("separation", _G[8], "Separating or arguing parents", "mediation; contact; conflict; co-parenting", "HARD STOP: never where there is, or may be, abuse.", (5,), "care"),
    _need("kinship", _G[8], "Raising a grandchild or relative's child", "kinship; special guardian; foster; adoption", "Own support groups, legal advice.", (5,)),
    _need("young_carer", _G[8], "A child who looks after someone", "caring; sibling carer; parent ill", "Right to an assessment whatever the level of care; recorded in school census; child's own voice.", (3, 5), "care"),
    _need("prison_family", _G[8], "Someone in prison", "visit; remand; release", "Stigma: restricted visibility.", (5, 7), "care"),
    _need("lonely", _G[8], "Feeling alone; meeting other parents", "isolated; new mum; dads; friends", "Dads' groups; single parents; low pressure drop-ins.", (3, 5)),
    _need("clubs_play", _G[9], "Clubs, sport, arts and days out", "football; scouts; music; library; trips", "Universal first; no evidence of poverty asked.", (3, 5)),
    _need("work_training", _G[9], "Work, training and volunteering", "job; CV; course; interview clothes; volunteer", "Parents as assets: offer ways to give as well as get.", (10,)),
    _need("racism_hate", _G[9], "Racism, bullying or hate", "hate crime; islamophobia; bullied; discrimination", "School's own duty first; independent reporting centre; DSL.", (6,), "care"),
    _need("domestic_abuse", _G[10], "Safe at home", "DA; controlling; frightened; partner; honour", "Specialist only, via DSL/trained person, survivor's choice, safe contact. No address, no email, no list history.", (8,), "restricted"),
    _need("exploitation", _G[10], "Exploitation, gangs or online harm", "county lines; grooming; sextortion; missing", "DSL first, always. Partner work only as part of a plan.", (6, 7), "restricted"),
    _need("child_at_risk", _G[10], "Worried a child may be harmed", "abuse; neglect; injury; disclosure", "NEVER a referral in this product. DSL now; 999 if immediate.", (6,), "dsl_only"),
)
NEEDS: dict[str, NeedCode] = {need.code: need for need in _ROWS}


def nearest(code: str) -> str:
    """Return the known code most like an unknown one, for an error that helps.

    >>> nearest("food_weekley"), nearest("Young carer")
    ('food_weekly', 'young_carer')
    """
    written = code[:60].strip().lower().replace(" ", "_").replace("-", "_")
    return difflib.get_close_matches(written, NEEDS, n=1, cutoff=0)[0]
