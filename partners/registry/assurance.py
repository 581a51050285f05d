"""Assurance: what somebody checked about an organisation, such as its authorisation for debt or immigration advice."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from partners.foundation.db import Base, new_id


class Authorisation(Base):
    """A registration for regulated work, with its number, who checked it and the day it runs out."""

    __tablename__ = "authorisations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    need_code: Mapped[str] = mapped_column(String(40))
    regulator: Mapped[str] = mapped_column(String(120), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    valid_until: Mapped[date]
    checked_by: Mapped[str] = mapped_column(String(120), default="")
    checked_at: Mapped[datetime]
