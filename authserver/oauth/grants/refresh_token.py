"""Refresh with rotation, reuse detection and an idempotent grace (RFC 6749 section 6, RFC 9700 section 4.14)."""

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants, refresh_tokens
from authserver.models.refresh_tokens import RefreshToken
from authserver.oauth import resources, scopes
from authserver.oauth.errors import InvalidGrantError
from authserver.oauth.grant import Grant, live_grant
from authserver.oauth.issuer import Minted, Order


class RefreshTokenGrant(Grant):
    """Each refresh token is good once; its successor is derived from it, so a lost answer can be given again."""

    GRANT_TYPE = "refresh_token"

    def validate(self) -> Order:
        self.value = self.parameters.required("refresh_token")
        token = refresh_tokens.find(self.value)
        if token is None:
            raise InvalidGrantError("The refresh token is unknown.")
        grant = grants.find(token.grant_id)
        if grant is None or grant.client_id != self.oauth_client.client_id:
            raise InvalidGrantError("The refresh token is unknown.")
        grant, user = live_grant(token.grant_id)
        granted = tuple(grant.scope.split())
        asked = scopes.split(self.parameters.first("scope"))
        scope = scopes.within(asked, granted) or granted
        audience = resources.within(self.parameters.every("resource"), grant.audience)
        self.token, self.grant = token, grant
        if token.used_at is not None:
            self._check_grace(token)
        if token.expires_at <= clock.now() or (grant.refresh_expires_at or 0) <= clock.now():
            raise InvalidGrantError("The refresh token has expired.")
        return Order(
            client=self.oauth_client,
            grant=grant,
            user=user,
            scope=scope,
            audience=audience,
            refresh_token=refresh_tokens.following(self.value, token),
            refresh_expires_at=self.issuer.refresh_expiry(grant),
            id_token="openid" in scope,
        )

    def consume(self, minted: Minted) -> None:
        won = self.token.used_at is None and refresh_tokens.consume(self.token)
        if not won:
            # Somebody was first, perhaps this same client in parallel: read again what is true now.
            self._check_grace(refresh_tokens.find(self.value) or self.token)
        if not grants.used(self.grant.id):
            raise InvalidGrantError("The grant has ended.")
        minted.record(refresh=won)

    def _check_grace(self, token: RefreshToken) -> None:
        """Only the direct predecessor of an unused successor, for a few seconds; anything else is theft (RF1, RF3)."""
        successor = refresh_tokens.find(refresh_tokens.following(self.value, token))
        recent = token.used_at is not None and clock.now() - token.used_at < self.issuer.settings.refresh_grace
        if recent and successor is not None and successor.used_at is None:
            return
        if grants.revoke(token.grant_id, because="refresh_reused"):
            record(Tag.REFRESH_REUSED, client_id=self.oauth_client.client_id, grant=token.grant_id)
        raise InvalidGrantError("The refresh token has been used before; the whole family has ended.")
