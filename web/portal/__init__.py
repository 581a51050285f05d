"""The partner's pages: one card by link, and an account for those who want one."""

from flask import Blueprint

bp = Blueprint("portal", __name__)

from web.portal import account, changes, deletion, month, offer_link, own_record, partnership, parts, reply  # noqa: E402, F401
