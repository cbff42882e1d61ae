"""Refresh with rotation, reuse detection and an idempotent grace (RFC 6749 section 6, RFC 9700 section 4.14).

Where the client proves itself and its tokens are bound to a key, a stolen refresh token is worth nothing: rotation
would only lose tokens there, and does not happen (FAPI 2.0 Security Profile, section 5.3.2.1 number 9).
"""

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants, refresh_tokens
from authserver.models.grants import Grant as GrantRow
from authserver.models.refresh_tokens import RefreshToken
from authserver.models.users import User
from authserver.oauth import binding, resources, scopes
from authserver.oauth.errors import Cause, InvalidGrantError, InvalidScopeError, printable
from authserver.oauth.grant import Grant, live_grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import of_grant, passed

TOKEN, USE, AGE = "Refresh token", "First use", "Age of the token"
UNKNOWN = "The refresh token is unknown."
EXPIRED = "The refresh token has expired."


class RefreshTokenGrant(Grant):
    """Each refresh token is good once; its successor is derived from it, so a lost answer can be given again."""

    GRANT_TYPE = "refresh_token"

    def validate(self) -> Order:
        self.value = self.parameters.required("refresh_token")
        token, grant, user = self._standing()
        asked = scopes.split(self.parameters.first("scope"))
        _check_not_withdrawn(asked, grant)
        scope = scopes.within(asked, grant.scope_left) or grant.scope_left
        passed(scopes.CHECK, scopes.join(scope))
        audience = resources.within(self.parameters.every("resource"), grant.audience)
        self.token = token
        if token.used_at is not None:
            self._check_grace(token)
        _check_age(token, grant)
        return Order(
            client=self.oauth_client,
            grant=grant,
            user=user,
            scope=scope,
            audience=audience,
            refresh_token=self.value if self._stays(token) else refresh_tokens.following(self.value, token),
            refresh_expires_at=self.issuer.refresh_expiry(grant),
            id_token="openid" in scope,
        )

    def consume(self, minted: Minted) -> None:
        until = minted.order.refresh_expires_at
        if self._stays(self.token) and until is not None and refresh_tokens.prolong(self.token, until=until):
            self.record(minted, refresh=False)
            return
        won = self.token.used_at is None and refresh_tokens.consume(self.token)
        if not won:
            # Somebody was first, perhaps this same client in parallel: read again what is true now.
            self._check_grace(refresh_tokens.find(self.value) or self.token)
        self.record(minted, refresh=won)

    def _stays(self, token: RefreshToken) -> bool:
        """Whether it is good again and again."""
        client = self.oauth_client
        return token.used_at is None and not client.public and binding.is_demanded(client)

    def _standing(self) -> tuple[RefreshToken, GrantRow, User]:
        """The token, if it is this client's own, and its live grant."""
        token = refresh_tokens.find(self.value)
        grant = grants.find(token.grant_id) if token is not None else None
        if token is None or grant is None:
            raise InvalidGrantError(UNKNOWN, Cause("refresh_token_unknown", TOKEN, "There is no such token here."))
        if grant.client_id != self.oauth_client.client_id:
            cause = Cause("refresh_token_of_another_client", TOKEN, "It was issued to another client.")
            raise InvalidGrantError(UNKNOWN, cause)
        of_grant(grant.id)
        passed(TOKEN, "Known, and issued to this client.")
        binding.check_family(grant, self.binding)
        return token, *live_grant(grant.id)

    def _check_grace(self, token: RefreshToken) -> None:
        """Only the direct predecessor of an unused successor, for a few seconds; anything else is theft (RF1, RF3)."""
        successor = refresh_tokens.find(refresh_tokens.following(self.value, token))
        recent = token.used_at is not None and clock.now() - token.used_at < self.issuer.settings.refresh_grace
        if recent and successor is not None and successor.used_at is None:
            passed(USE, "Used a moment ago; within the grace it gets the same successor.")
            return
        self.spend_proof()
        if grants.revoke(token.grant_id, because="refresh_reused"):
            grant, client_id = grants.find(token.grant_id), self.oauth_client.client_id
            user_id = grant.user_id if grant is not None else None
            record(Tag.REFRESH_REUSED, user_id=user_id, client_id=client_id, grant=token.grant_id)
        raise InvalidGrantError("The refresh token has been used before; the whole family has ended.", _reused(token))


def _check_not_withdrawn(asked: tuple[str, ...], grant: GrantRow) -> None:
    """What the person has taken back is named apart from what was never granted, and so is what is left."""
    gone = [name for name in asked if name in grant.scope.split() and name not in grant.scope_left]
    if gone:
        left = scopes.join(grant.scope_left)
        cause = Cause("scope_withdrawn", scopes.CHECK, "The person has taken it back.", expected=left, received=gone[0])
        says = f"The scope {printable(gone[0], 60)} was taken back by the user. What is left: {printable(left, 300)}"
        raise InvalidScopeError(says, cause)


def _check_age(token: RefreshToken, grant: GrantRow) -> None:
    """Idle and absolute limit (RF6)."""
    now, absolute = clock.now(), grant.refresh_expires_at or 0
    if absolute <= now:
        says = f"The family of tokens reached its absolute limit {now - absolute} s ago: the person has to sign in."
        raise InvalidGrantError(EXPIRED, Cause("refresh_token_absolute", AGE, says))
    if token.expires_at <= now:
        says = f"Unused for too long: it ended {now - token.expires_at} s ago."
        raise InvalidGrantError(EXPIRED, Cause("refresh_token_idle", AGE, says))
    passed(AGE, f"Good for {token.expires_at - now} s more.")


def _reused(token: RefreshToken) -> Cause:
    ago = "" if token.used_at is None else f" {clock.now() - token.used_at} s ago"
    return Cause("refresh_token_reused", USE, f"It was rotated out{ago}: its successor is the one to use.")
