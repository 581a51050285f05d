"""Rounds: what the clock does for rights. Copies whose time is over go, what is due goes at the schools that signed their schedule, the ledger's file is made whole, and leads are told of clocks that run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from partners.foundation import ledger
from partners.foundation.actors import SYSTEM
from partners.privacy import clock_mails, erasure, retention, subject_access
from partners.registry.importing import uploads


@dataclass
class Ticked:
    """What one round did, in numbers."""

    copies_gone: int = 0
    ledger_lines: int = 0
    to_wipe: int = 0
    retention_ended: int = 0
    leads_told: int = 0


def tick(session: Session, *, base_url: str, at: datetime) -> Ticked:
    """Do what is due. `to_wipe` says that the disk is to be written anew, which is done outside any transaction."""
    uploads.forget_old(session, at=at)
    gone = subject_access.forget_old(session, at=at)
    ended = retention.carry_out_signed(session, by=SYSTEM, at=at)
    return Ticked(gone, ledger.mirror(session), len(erasure.to_wipe(session)), ended, clock_mails.send_due(session, base_url=base_url, at=at))
