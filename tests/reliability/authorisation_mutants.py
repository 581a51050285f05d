"""Six doors left open on purpose, each as a slip of the pen would leave it: a program of its own walks the matrix until it notices.

Run as `python -m tests.reliability.authorisation_mutants`: it prints, as JSON, the first fault that the matrix sees for each, or null.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from partners.families import families
from partners.foundation import access, sealing, users
from partners.foundation.actors import Actor, Role
from partners.foundation.tokens import hash_token
from partners.referrals import notices, replies
from partners.referrals.referrals import Referral
from partners.registry.organisations import Organisation

ASKING = ("anonymous", "flo_a", "partner_a", "dsl_a", "admin_a")


@contextmanager
def _instead(place: Any, name: str, other: Any) -> Iterator[None]:
    kept = place[name] if isinstance(place, dict) else getattr(place, name)
    put: Callable[[Any], None] = (lambda v: place.__setitem__(name, v)) if isinstance(place, dict) else (lambda v: setattr(place, name, v))
    put(other)
    try:
        yield
    finally:
        put(kept)


def drop_a_filter() -> Any:
    """Lists are no longer narrowed to what the actor may see."""
    return _instead(access, "visible", lambda query, _model, _actor: query)


def swap_an_organisation_id() -> Any:
    """A partner's account is taken for the other partner's."""
    actor_of = users.actor_of

    def swapped(user: users.User) -> Actor:
        actor = actor_of(user)
        return actor if actor.organisation_id is None else replace(actor, organisation_id=_other_organisation(user))

    return _instead(users, "actor_of", swapped)


_KNOWN: dict[str, list[Any]] = {}


def _other_organisation(user: users.User) -> Any:
    return next(one for one in _KNOWN["organisations"] if one != user.organisation_id)


def skip_the_state_check() -> Any:
    """A reply link opens whatever state its referral is in, unsent ones too."""

    def opened(session: Any, token: str, *, at: Any) -> Any:
        link = session.scalar(select(replies.ReplyLink).where(replies.ReplyLink.token_hash == hash_token(token)))
        if link is None or link.expires_at <= at:
            raise replies.NotFound("page")
        referral = session.get(Referral, link.referral_id)
        return referral, replies.partner_by_reply_link(referral.organisation_id, referral.id, referral.offer.organisation.name)

    return _instead(replies, "open_reply_link", opened)


def list_without_scope() -> Any:
    """The safeguarding lead's list shows the families of every school."""

    def everywhere(session: Any, *, by: Actor) -> Any:
        access.require(by, "family:release")
        return list(session.scalars(select(families.Family).where(families.Family.with_dsl_at.is_not(None))).unique())

    return _instead(families, "with_the_lead", everywhere)


def export_without_scope() -> Any:
    """The mails that did not leave are read out whole, whichever school they are about."""
    return _instead(notices, "is_for", lambda _session, _message, _by: True)


def post_by_id() -> Any:
    """Any family may be answered for by an officer who knows its id."""
    return _instead(access.PERMISSIONS["family:match"], Role.FLO, lambda _actor, _record: True)


# Each, and the pages that are asked for first, so that the walk is done sooner.
NEAREST: dict[Callable[[], Any], str] = {
    drop_a_filter: "api.", swap_an_organisation_id: "portal.", skip_the_state_check: "portal.", list_without_scope: "lead.", export_without_scope: "admin.", post_by_id: "liaison.",
}


def main() -> None:
    """Walk the matrix once for each mutant, and say what it noticed first."""
    from tests.integration.matrix.conftest import open_world
    from tests.integration.matrix.rows import read
    from tests.integration.matrix.walk import walk

    keys = [sealing.new_key()]
    sealing.use_keys(keys)
    noticed: dict[str, str | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder), keys)
        with world.app.extensions["kith"].reading() as session:
            _KNOWN["organisations"] = list(session.scalars(select(Organisation.id)))
        for mutant in NEAREST:
            world.restore()
            rows = [row for row in read() if row.method != "GET" or mutant is not post_by_id]  # the form itself must be refused, not only its page
            rows.sort(key=lambda row: not row.endpoint.startswith(NEAREST[mutant]))
            with mutant():
                noticed[mutant.__name__] = next(walk(world, rows, only=ASKING, own_changes=False), None)
        world.restore()
        noticed["none"] = next(walk(world, [row for row in read() if row.endpoint.startswith(("lead.", "admin.", "portal.inbox"))], only=ASKING, own_changes=False), None)
        world.engine.dispose()
    print(json.dumps(noticed))


if __name__ == "__main__":
    main()
