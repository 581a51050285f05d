"""Rounds: what the clock does for rights. Copies whose time is over go, and the ledger's file is made whole. Nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from partners.foundation import ledger
from partners.privacy import erasure, subject_access


@dataclass
class Ticked:
    """What one round did, in numbers."""

    copies_gone: int = 0
    ledger_lines: int = 0
    to_wipe: int = 0


def tick(session: Session, *, at: datetime) -> Ticked:
    """Do what is due. `to_wipe` says that the disk is to be written anew, which is done outside any transaction."""
    return Ticked(subject_access.forget_old(session, at=at), ledger.mirror(session), len(erasure.to_wipe(session)))
