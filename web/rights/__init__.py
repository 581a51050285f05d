"""Rights: complaints, requests about records, holds, how long things are kept, and the register of what went wrong."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("rights", __name__, url_prefix="/rights")

from web.rights import complaints, keeping, requests  # noqa: E402, F401
