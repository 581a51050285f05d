"""Subject access: a copy of what is held about a family or a child, given out once it was checked who asks and a person has looked at what may be about others.

What is given is frozen, sealed, opens for 24 hours, and is then gone; its hash stays, so that a copy can be known again.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import SealedJson
from partners.privacy import held, requests
from partners.privacy.held import Whole
from partners.privacy.requests import Decision, Kind, RightsRequest

OPENS_FOR = timedelta(hours=24)  # Source: safety.md 6, exports


class AccessCopy(Base):
    """One copy, as it was given out."""

    __tablename__ = "access_copies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rights_requests.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    document: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def gathered(session: Session, request: RightsRequest, *, by: Actor) -> Whole:
    """Return everything that a request is about, for a person to look through before it is given out. Raises NotFound once it is erased."""
    access.require(by, "rights:decide", request)
    if request.family is None:
        raise NotFound("family")
    return held.gather(session, request.family, child=request.child)


def release(session: Session, request: RightsRequest, decided: dict[str, bool], *, by: Actor, at: datetime) -> AccessCopy:
    """Give out a copy: `decided` says of each thing to look at, by its key, whether it is given. None is given by itself.

    Raises:
        Conflict: the checks are not made, the same person decides, or it is answered.
        InvalidRecord: something to look at has no answer: what came since the page was opened too.
    """
    requests.require_ready(request, Kind.ACCESS, by=by)
    whole = gathered(session, request, by=by)
    undecided = [f.key for f in whole.to_review() if f.key not in decided]
    if undecided:
        raise InvalidRecord("review", f"Choose for each whether it is given or kept back. {len(undecided)} still to choose.")
    keep = frozenset(key for key, given in decided.items() if given)
    given, back = held.reviewed(whole, keep=keep), sum(f.key not in keep for f in whole.to_review())
    document = as_document(given, kept_back=back, reference=request.reference, at=at)
    if request.family_id is None:
        raise NotFound("family")
    copy = AccessCopy(
        id=new_id(), request_id=request.id, family_id=request.family_id, school_id=request.school_id, document=document, sha256=digest_of(document), made_at=at,
        expires_at=at + OPENS_FOR,
    )
    session.add(copy)
    requests.close(session, request, Decision.IN_PART if back else Decision.DONE, None, by=by, at=at)
    audit.record(session, "rights:released", ("rights_request", request.id), by=by, at=at, sha256=copy.sha256, kept_back=back)
    return copy


def as_document(whole: Whole, *, kept_back: int, reference: str, at: datetime) -> dict[str, Any]:
    """Return a copy as it is kept, printed and given as JSON: sections of records of facts, and who looked."""
    return {
        "what": "What the school holds about you in Kith", "reference": reference, "made_at": at.isoformat(), "kept_back": kept_back,
        "sections": [
            {"title": title, "records": [{"kind": r.table, "facts": [{"name": f.key.rsplit(":", 1)[-1], "label": f.label, "value": f.value} for f in r.facts]} for r in rows]}
            for title, rows in whole.sections
        ],
        "who_looked": [{"at": look.at.isoformat(), "who": look.who, "what": look.action} for look in whole.looks],
    }


def digest_of(document: dict[str, Any]) -> str:
    """Return the hash by which a copy is known again."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def open_copy(session: Session, request: RightsRequest, *, by: Actor, at: datetime) -> AccessCopy:
    """Return the copy of a request while it opens. Raises Conflict once 24 hours have passed, NotFound where none was made."""
    access.require(by, "rights:decide", request)
    copy = session.scalar(select(AccessCopy).where(AccessCopy.request_id == request.id).order_by(AccessCopy.made_at.desc()).limit(1))
    if copy is None or copy.expires_at <= at:
        raise Conflict("The copy opened for 24 hours and is gone. Write the request down again to make a new one.")
    return copy


def forget_old(session: Session, *, at: datetime) -> int:
    """Forget every copy whose time is over, and return how many."""
    done: Any = session.execute(delete(AccessCopy).where(AccessCopy.expires_at <= at))
    return int(done.rowcount)
