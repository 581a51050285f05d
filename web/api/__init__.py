"""What other programs read: the Open Referral UK feed. Never a word about a family, and nobody signs in."""

from web.api.oruk import bp

__all__ = ["bp"]
