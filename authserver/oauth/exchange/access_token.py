"""An access token of ours exchanged for one of another client: impersonation or delegation (RFC 8693 section 1.1).

The new token hangs on a grant of its own, so that it ends with the client that has it; that grant hangs on the one of
the subject token, and ends with it and with the subject token itself (TX6).
"""

from dataclasses import dataclass
from typing import Any

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import access_tokens, clients, grants
from authserver.models.access_tokens import AccessToken
from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.models.users import User
from authserver.oauth import token_details
from authserver.oauth.binding import Binding
from authserver.oauth.credentials import access_token
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import Cause, InvalidGrantError, InvalidRequestError
from authserver.oauth.exchange import delegation, policy, subject
from authserver.oauth.exchange.delegation import Party
from authserver.oauth.exchange.policy import Policy
from authserver.oauth.exchange.subject import SUBJECT, Basis
from authserver.oauth.grant import live_grant
from authserver.oauth.scopes import NOT_FOR_KEYS
from authserver.traces import of_user, passed

TYPE = "urn:ietf:params:oauth:token-type:access_token"
ACTOR = "Actor token"
NOT_GOOD = "The subject token is not good."


@dataclass(frozen=True, slots=True)
class TokenSubject:
    """A live access token, the grant and the person behind it, and what the client may make of it."""

    token: AccessToken
    parent: Grant
    user: User
    policy: Policy
    act: dict[str, Any] | None

    @property
    def basis(self) -> Basis:
        # It is for an API, and nothing that only this server reads belongs there.
        scope = tuple(name for name in self.token.scope.split() if name not in NOT_FOR_KEYS)
        details = self.token.claims.get(token_details.NAME)
        claims = {"act": self.act, token_details.NAME: details}
        stated = {name: value for name, value in claims.items() if value}
        return Basis(self.user, scope, self.token.expires_at, stated)

    def check_audience(self, asked: tuple[str, ...]) -> None:
        self.policy.check_audience(asked, own=self.token.audience)

    def grant(self, client_id: str, *, scope: str, audience: tuple[str, ...]) -> Grant:
        parent = self.parent
        known = {name: getattr(parent, name) for name in ("auth_time", "amr", "acr", "key_id")}
        below = {"parent_id": parent.id, "subject_jti": self.token.jti}
        return subject.grant(self.user, client_id, scope=scope, audience=audience, **known, **below)

    def record(self, grant: Grant) -> None:
        token = self.token
        if not self._still_covers(grant) or not grants.open_below(grant):
            raise InvalidRequestError(NOT_GOOD, Cause("subject_token", SUBJECT, "It has ended in this very moment."))
        facts: dict[str, Any] = {"grant": grant.id, "parent": self.parent.id, "scope": grant.scope}
        if self.act is not None:
            facts |= {"acts": self.act["sub"], "through": self.act["client_id"]}
        client_id, from_client = grant.client_id, token.client_id
        about = {"actor": client_id, "user_id": self.user.id, "client_id": client_id}
        record(Tag.TOKEN_EXCHANGED, **about, from_client=from_client, **facts)

    def _still_covers(self, grant: Grant) -> bool:
        """In this order: whoever ends or narrows one of them waits for the same rows."""
        token = self.token
        if not (grants.hold(token.grant_id) and access_tokens.stands(token) and clients.hold(token.client_id)):
            return False
        parent = grants.find(token.grant_id)
        return parent is not None and set(parent.scope_left).issuperset(grant.scope.split())


def presented(value: str, *, actor: str | None, client: Client, binding: Binding, verifier: Verifier) -> TokenSubject:
    """The token, if this client may exchange it, alone or with this `actor_token`.

    Raises invalid_request (RFC 8693 section 2.2.2).
    """
    allowed = policy.of(client)
    token = _live(value, SUBJECT, binding, verifier)
    allowed.check_subject(token.client_id)
    grant, user = _person(token)
    party = Party(verifier.issuer, client.client_id, client.client_id)
    if actor is None:
        allowed.check_silence()
    else:
        party = _actor(actor, client, binding, verifier)
    delegation.check_may_act(token, party)
    of_user(user.id)
    passed(SUBJECT, f"An access token of {token.client_id}.")
    # Who impersonates stays silent about itself, never about those before.
    act = token.claims.get("act") if actor is None else delegation.act(party, token)
    return TokenSubject(token, grant, user, allowed, act)


def _actor(value: str, client: Client, binding: Binding, verifier: Verifier) -> Party:
    """Whoever the actor token names. It must have been issued to the very client that sends it."""
    token = _live(value, ACTOR, binding, verifier)
    if token.client_id != client.client_id:
        cause = Cause("actor_token", ACTOR, "It was issued to another client.", received=token.client_id)
        raise InvalidRequestError("The actor token is not good.", cause)
    if "act" in token.claims:
        cause = Cause("actor_token", ACTOR, "It is delegated itself, so that it is not clear who would act.")
        raise InvalidRequestError("The actor token is not good.", cause)
    passed(ACTOR, token.sub)
    return Party(verifier.issuer, token.sub, token.client_id)


def _live(value: str, check: str, binding: Binding, verifier: Verifier) -> AccessToken:
    found = access_token.authenticate(value, verifier)
    public = f"The {check.lower()} is not good."
    if found is None:
        raise InvalidRequestError(public, Cause("not_live", check, "It is no live access token of this server."))
    token = found[0]
    # Stolen, it must be worth as little here as anywhere else (RFC 9449 section 1, RFC 8705 section 3).
    if any(binding.cnf.get(name) != shown for name, shown in token.claims.get("cnf", {}).items()):
        raise InvalidRequestError(public, Cause("bound_elsewhere", check, "It is bound to a key that was not shown."))
    return token


def _person(token: AccessToken) -> tuple[Grant, User]:
    row = grants.find(token.grant_id)
    if row is None or row.user_id is None:
        cause = Cause("subject_token", SUBJECT, "It is the token of an application itself, not of a person.")
        raise InvalidRequestError(NOT_GOOD, cause)
    try:
        return live_grant(token.grant_id)
    except InvalidGrantError:
        raise InvalidRequestError(NOT_GOOD, Cause("subject_token", SUBJECT, "Its grant has ended.")) from None
