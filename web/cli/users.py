"""`kith user`: accounts from the command line, for the first administrator and for emergencies."""

from __future__ import annotations

import json
import uuid

import click


@click.group(epilog="Example: kith user add --email flo@school.example --name Jas --role flo --school 'Marlbeck Primary School'")
def user() -> None:
    """Make accounts, links to sign in with, and end accounts."""


@user.command(epilog="Example: kith user school --name 'Marlbeck Primary School' --phone '0113 496 0010' --lead 'Mrs Okafor' --lead-phone '0113 496 0011'")
@click.option("--name", required=True, help="The school's name.")
@click.option("--phone", required=True, help="The school's telephone.")
@click.option("--lead", required=True, help="The safeguarding lead's name.")
@click.option("--lead-phone", required=True, help="The safeguarding lead's telephone.")
@click.option("--postcode", default=None, help="The school's postcode.")
@click.option("--json", "as_json", is_flag=True, help="Print the school as JSON.")
def school(name: str, phone: str, lead: str, lead_phone: str, postcode: str | None, as_json: bool) -> None:
    """Add a school."""
    from partners.families import schools
    from partners.foundation.actors import SYSTEM
    from web.cli.database import now, working

    with working() as session:
        made = schools.add(session, name=name, phone=phone, dsl_name=lead, dsl_phone=lead_phone, postcode=postcode, by=SYSTEM, at=now())
        click.echo(json.dumps({"id": str(made.id), "name": made.name}) if as_json else f"{made.name}: {made.id}")


@user.command(epilog="Example: kith user add --email flo@school.example --name Jas --role flo --school 'Marlbeck Primary School'")
@click.option("--email", required=True, help="Their work e-mail address.")
@click.option("--name", required=True, help="Their name.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(["flo", "head", "admin", "dsl", "partner", "trust"]), help="What they do; may be given more than once.")
@click.option("--school", "school_name", default=None, help="Their school's name or id.")
@click.option("--organisation", default=None, help="Their organisation's id, for a partner.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
def add(email: str, name: str, roles: tuple[str, ...], school_name: str | None, organisation: str | None, as_json: bool) -> None:
    """Make an account. They sign in by a link sent to their address."""
    from partners.families import schools
    from partners.foundation import users
    from partners.foundation.actors import SYSTEM, Role
    from partners.foundation.errors import InvalidRecord
    from web.cli.database import now, working

    with working() as session:
        found = next((s for s in schools.every(session) if school_name in (s.name, str(s.id))), None)
        if school_name and found is None:
            raise InvalidRecord("school", "There is no school of that name. Add it with: kith user school --help")
        made = users.add(
            session, email=email, name=name, roles=[Role(r) for r in roles], school_id=found.id if found else None,
            organisation_id=_id(organisation), by=SYSTEM, at=now(),
        )
        click.echo(json.dumps({"id": str(made.id), "email": made.email, "roles": made.roles}) if as_json else f"{made.email}: {', '.join(made.roles)}")


def _id(text: str | None) -> uuid.UUID | None:
    if text is None:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise click.BadParameter("an id looks like 0f8fad5b-d9cb-469f-a165-70867728950e") from error


@user.command(epilog="Example: kith user trust --name 'Marlbeck Learning Trust' --school 'Marlbeck Primary School' --school 'Hill Primary' --school 'Dale Primary' --email ceo@trust.example")
@click.option("--name", required=True, help="The trust's name, or the local authority's.")
@click.option("--school", "names", multiple=True, help="A school's name; given once for each. It joins the trust.")
@click.option("--leaves", multiple=True, help="The name of a school that is read with the others no more; given once for each.")
@click.option("--email", "emails", multiple=True, help="Who may read its figures: an account with the role trust alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the trust as JSON.")
def trust(name: str, names: tuple[str, ...], leaves: tuple[str, ...], emails: tuple[str, ...], as_json: bool) -> None:
    """Read several schools together: add a trust, let schools join and leave it, or let somebody read its figures."""
    from partners.families import schools
    from partners.foundation import users
    from partners.foundation.actors import SYSTEM
    from partners.foundation.errors import InvalidRecord
    from partners.impact import trusts
    from web.cli.database import now, working

    with working() as session:
        known = {s.name: s for s in schools.every(session)}
        if missing := [n for n in (*names, *leaves) if n not in known]:
            raise InvalidRecord("school", f"There is no school of that name: {', '.join(missing)}.")
        found = next((t for t in trusts.every(session) if t.name == name), None)
        made = found or trusts.add(session, name=name, schools=[], by=SYSTEM, at=now())
        for joining in dict.fromkeys(names):
            if known[joining] not in trusts.schools_of(session, made):
                trusts.join(session, made, known[joining], by=SYSTEM, at=now())
        for leaving in dict.fromkeys(leaves):
            trusts.leave(session, made, known[leaving], by=SYSTEM, at=now())
        for email in emails:
            person = users.find_by_email(session, email)
            if person is None:
                raise InvalidRecord("email", "Make the account first, with: kith user add --role trust")
            trusts.let_in(session, made, person, by=SYSTEM, at=now())
        click.echo(json.dumps({"id": str(made.id), "name": made.name}) if as_json else f"{made.name}: {len(trusts.schools_of(session, made))} schools")


@user.command(epilog="Example: kith user link --email flo@school.example")
@click.option("--email", required=True, help="Whose link.")
@click.option("--json", "as_json", is_flag=True, help="Print the link as JSON.")
def link(email: str, as_json: bool) -> None:
    """Print a sign-in link that works once, for ten minutes."""
    from partners.foundation import sign_ins, users
    from partners.foundation.errors import NotFound
    from web.cli.database import now, settings, working

    with working() as session:
        found = users.find_by_email(session, email)
        if found is None:
            raise NotFound("account")
        address = f"{settings().base_url}/sign-in/link/{sign_ins.new_sign_in_link(session, found, at=now())}"
        click.echo(json.dumps({"link": address}) if as_json else address)


@user.command("second-step-off", epilog="Example: kith user second-step-off --email admin@school.example")
@click.option("--email", required=True, help="Whose second step.")
def second_step_off(email: str) -> None:
    """Take a person's second step away: they lost their phone and their recovery codes."""
    from partners.foundation import second_steps, users
    from partners.foundation.actors import SYSTEM
    from partners.foundation.errors import NotFound
    from web.cli.database import now, working

    with working() as session:
        found = users.find_by_email(session, email)
        if found is None:
            raise NotFound("account")
        second_steps.take_away(session, found, by=SYSTEM, at=now())
        click.echo(f"{found.email}: signs in without a second step, until they set one up.")


@user.command(epilog="Example: kith user end --email leaver@school.example")
@click.option("--email", required=True, help="Whose account.")
def end(email: str) -> None:
    """End an account at once."""
    from partners.foundation import users
    from partners.foundation.actors import SYSTEM
    from partners.foundation.errors import NotFound
    from web.cli.database import now, working

    with working() as session:
        found = users.find_by_email(session, email)
        if found is None:
            raise NotFound("account")
        users.disable(session, found, by=SYSTEM, at=now())
        click.echo(f"{found.email}: ended.")
