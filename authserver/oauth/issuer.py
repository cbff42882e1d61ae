"""THE MINT: access, refresh, ID and session tokens are all made here (RFC 6749 section 5.1, RFC 9068).

Signing is slow and comes first; `Minted.record` then writes what must be kept, in the transaction that spends what
was paid (decision 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authserver import clock, opaque
from authserver.keyring.keyring import Keyring
from authserver.models import access_tokens, refresh_tokens
from authserver.models.access_tokens import AccessToken
from authserver.models.clients import Client
from authserver.models.grants import Grant
from authserver.models.sessions import Session
from authserver.models.users import User
from authserver.oauth import session_tokens
from authserver.oauth.oidc import requested_claims
from authserver.oauth.oidc.claims import claims_of
from authserver.oauth.oidc.id_token import id_token_claims
from authserver.oauth.oidc.subject import subject_of
from authserver.oauth.sealing import Sealer
from authserver.oauth.session_tokens import SessionToken
from authserver.settings import Settings

ACCESS_TOKEN_TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class Order:
    """What a grant has found good: who gets what. Scope and audience are of this token, not of the whole grant."""

    client: Client
    grant: Grant
    user: User | None
    scope: tuple[str, ...]
    audience: tuple[str, ...]  # empty: unbound
    refresh_token: str | None = field(default=None, repr=False)  # a successor that was derived already
    refresh_expires_at: int | None = None  # None: no refresh token
    id_token: bool = False
    nonce: str | None = None
    lifetime: int | None = None  # seconds, where it is shorter than usual
    claims: Mapping[str, Any] = field(default_factory=dict)  # further ones of the access token: cnf, act, ...


@dataclass(frozen=True, slots=True)
class Minted:
    """Tokens that are signed and not yet recorded."""

    response: dict[str, Any] = field(repr=False)
    access_token: AccessToken | None
    refresh_token: str | None = field(repr=False)
    order: Order

    def record(self, *, refresh: bool = True) -> None:
        """Keep the opaque token, and the refresh token unless it is recorded already."""
        if self.access_token is not None:
            access_tokens.store(self.access_token)
        if refresh and self.refresh_token is not None and self.order.refresh_expires_at is not None:
            refresh_tokens.issue(
                self.refresh_token, grant_id=self.order.grant.id, expires_at=self.order.refresh_expires_at
            )


class Issuer:
    """Makes tokens under the name of this server."""

    def __init__(self, settings: Settings, keyring: Keyring, sealer: Sealer) -> None:
        self.settings = settings
        self._keyring = keyring
        self._sealer = sealer

    def mint(self, order: Order) -> Minted:
        """Sign everything that the order asks for."""
        access_token, row = self._access_token(order)
        response: dict[str, Any] = {
            "access_token": access_token,
            "token_type": token_type(order.claims),
            "expires_in": self._lifetime(order),
        }
        if order.scope:  # there is no empty list of scopes (RFC 6749 section 3.3)
            response["scope"] = " ".join(order.scope)
        if "authorization_details" in order.claims:  # RFC 9396 section 7
            response["authorization_details"] = order.claims["authorization_details"]
        refresh_token = None
        if order.refresh_expires_at is not None:
            refresh_token = response["refresh_token"] = order.refresh_token or refresh_tokens.new()
        if order.id_token and order.user is not None:
            response["id_token"] = self._id_token(order, order.user, access_token)
        return Minted(response, row, refresh_token, order)

    def session_token(self, user: User, session: Session) -> SessionToken:
        """A token for the person who is signed in; good while the session is."""
        claims = session_tokens.claims_of(user, session, issuer=self.settings.issuer)
        value = self._keyring.sign(claims, alg=self.settings.access_token_alg, typ=ACCESS_TOKEN_TYP)
        return SessionToken(value, claims["scope"], claims["exp"])

    def refresh_expiry(self, grant: Grant) -> int | None:
        """Idle limit of a new refresh token: it slides, but never past the end of the family (RF6)."""
        if grant.refresh_expires_at is None:
            return None
        return min(clock.now() + self.settings.refresh_idle_ttl, grant.refresh_expires_at)

    def _lifetime(self, order: Order) -> int:
        usual = self.settings.access_token_ttl
        return usual if order.lifetime is None else min(usual, order.lifetime)

    def _access_token(self, order: Order) -> tuple[str, AccessToken | None]:
        now, jti = clock.now(), opaque.identifier("t")
        expires_at = now + self._lifetime(order)
        sub = subject_of(order.user, order.client) if order.user else order.client.client_id
        if order.client.access_token_format == "opaque":
            token = opaque.token("at")
            digest, scope = access_tokens.digest_of(token), " ".join(order.scope)
            row = AccessToken(
                digest,
                jti,
                order.grant.id,
                order.client.client_id,
                sub,
                scope,
                order.audience,
                now,
                expires_at,
                None,
                _claims(order),
            )
            return token, row
        claims: dict[str, Any] = {
            "iss": self.settings.issuer,
            "sub": sub,
            "aud": _audience(order.audience, self.settings.issuer),
            "client_id": order.client.client_id,
            "scope": " ".join(order.scope),
            "iat": now,
            "exp": expires_at,
            "jti": jti,
            "gid": order.grant.id,
            **_claims(order),
        }
        alg = order.client.access_token_signed_response_alg or self.settings.access_token_alg
        return self._keyring.sign(claims, alg=alg, typ=ACCESS_TOKEN_TYP), None

    def _id_token(self, order: Order, user: User, access_token: str) -> str:
        alg = order.client.id_token_signed_response_alg
        claims = id_token_claims(
            issuer=self.settings.issuer,
            client=order.client,
            grant=order.grant,
            user=user,
            nonce=order.nonce,
            access_token=access_token,
            ttl=self.settings.id_token_ttl,
        )
        requested = requested_claims.of_grant(order.grant, requested_claims.ID_TOKEN, order.scope)
        claims |= claims_of(user, (), sub=claims["sub"], requested=requested)
        return self._sealer.seal(claims, order.client, answer="id_token", typ="JWT", alg=alg)


def token_type(claims: Mapping[str, Any]) -> str:
    """How a token with these claims is presented: `DPoP` when it is bound to such a key (RFC 9449 section 5)."""
    return "DPoP" if "jkt" in claims.get("cnf", ()) else "Bearer"


def _claims(order: Order) -> dict[str, Any]:
    """What an access token says beyond whose, whose for, where and when (RFC 9068 section 2.2.1, RFC 9470)."""
    grant, claims = order.grant, dict(order.claims)
    if order.user is not None and "may_act" in order.client.details:  # RFC 8693 section 4.4
        claims["may_act"] = order.client.details["may_act"]
    if grant.auth_time is None:
        return claims
    return {"auth_time": grant.auth_time, "acr": grant.acr, "amr": list(grant.amr), **claims}


def _audience(audience: tuple[str, ...], issuer: str) -> str | list[str]:
    # An unbound token is for the issuer (decision 19); one value is a string, as most libraries expect.
    if not audience:
        return issuer
    return audience[0] if len(audience) == 1 else list(audience)
