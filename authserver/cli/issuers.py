"""`authserver issuers`: other issuers whose assertions are taken for access tokens (RFC 7523)."""

import json
from typing import Any

import click

from authserver.cli.failures import Conflict, Failure, NotFound
from authserver.cli.output import show, show_many
from authserver.cli.verb import Noun
from authserver.cli.work import ACTOR, text_of, work
from authserver.models import trusted_issuers as stored
from authserver.models.trusted_issuers import TrustedIssuer
from authserver.oauth import trusted_issuers
from authserver.oauth.trusted_issuers import SUBJECTS, BadIssuer, TakenIssuer, UnknownIssuer

COLUMNS = ("issuer", "subject", "scope", "audience", "jwks_uri", "disabled", "created_at")
COMMAND = Noun("issuers", help="Other issuers whose assertions are taken.")


@COMMAND.command("add")
@click.argument("issuer")
@click.option("--jwks", metavar="FILE|-", help="Its public keys, a JWK Set.")
@click.option("--jwks-uri", metavar="URI", help="Where it keeps them.")
@click.option("--subject", type=click.Choice(SUBJECTS), required=True, help="What its sub is here.")
@click.option("--scope", default="", help="At most these scopes.  [default: what client and person may have]")
@click.option("--audience", multiple=True, metavar="URL", help="Only for these APIs. Repeat for more.")
def add(
    issuer: str, jwks: str | None, jwks_uri: str | None, subject: str, scope: str, audience: tuple[str, ...]
) -> None:
    """Trust an issuer: clients may exchange its assertions about people for access tokens."""
    keys = _keys_in(jwks) if jwks is not None else None
    with work() as house:
        wish: dict[str, Any] = {"subject": subject, "scope": scope, "audience": audience}
        try:
            own = house.settings.issuer
            made = trusted_issuers.trust(issuer, own=own, jwks=keys, jwks_uri=jwks_uri, **wish, actor=ACTOR)
        except TakenIssuer as error:
            raise Conflict(str(error)) from None
        except BadIssuer as error:
            raise Failure(str(error)) from None
    show(_document(made))


@COMMAND.command("list")
def list_() -> None:
    """All of them."""
    with work():
        found = stored.every()
    show_many((_document(one) for one in found), COLUMNS)


@COMMAND.command("disable")
@click.argument("issuer")
def disable(issuer: str) -> None:
    """Take no assertion of it any more, and end what stands on its word."""
    _switch(issuer, enabled=False)


@COMMAND.command("enable")
@click.argument("issuer")
def enable(issuer: str) -> None:
    """Take its assertions again. What has ended stays ended."""
    _switch(issuer, enabled=True)


@COMMAND.command("remove")
@click.argument("issuer")
def remove(issuer: str) -> None:
    """Forget it, and end what stands on its word."""
    with work():
        try:
            trusted_issuers.forget(issuer, actor=ACTOR)
        except UnknownIssuer as error:
            raise NotFound(str(error)) from None
    show({"issuer": issuer, "removed": True})


def _switch(issuer: str, *, enabled: bool) -> None:
    with work():
        try:
            changed = trusted_issuers.switch(issuer, enabled, actor=ACTOR)
        except UnknownIssuer as error:
            raise NotFound(str(error)) from None
    show(_document(changed))


def _keys_in(place: str) -> Any:
    try:
        return json.loads(text_of(place))
    except (ValueError, RecursionError):
        raise Failure("The JWK Set is not JSON.") from None


def _document(row: TrustedIssuer) -> dict[str, Any]:
    return {
        "issuer": row.issuer,
        "subject": row.subject,
        "scope": row.scope,
        "audience": list(row.audience),
        "jwks": row.jwks or None,
        "jwks_uri": row.jwks_uri,
        "disabled": not row.enabled,
        "created_at": row.created_at,
    }
