"""Redemption of authorization codes (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import authorization_codes, grants
from authserver.models.authorization_codes import AuthorizationCode
from authserver.oauth import pkce, resources
from authserver.oauth.errors import InvalidGrantError, InvalidRequestError
from authserver.oauth.grant import Grant, live_grant
from authserver.oauth.issuer import Minted, Order


class AuthorizationCodeGrant(Grant):
    """A code is good once, for the client it was issued to, with the redirect URI and the verifier of its request."""

    GRANT_TYPE = "authorization_code"

    def validate(self) -> Order:
        code = authorization_codes.find(self.parameters.required("code"))
        if code is None or code.client_id != self.oauth_client.client_id:
            raise InvalidGrantError("The code is unknown, or was issued to another client.")
        self._check_binding(code)
        if code.used_at is not None:
            self._replayed(code)
        if code.expires_at <= clock.now():
            raise InvalidGrantError("The code has expired.")
        grant, user = live_grant(code.grant_id)
        scope = tuple(grant.scope.split())
        self.code = code
        return Order(
            client=self.oauth_client,
            grant=grant,
            user=user,
            scope=scope,
            audience=resources.within(self.parameters.every("resource"), grant.audience),
            refresh_expires_at=self.issuer.refresh_expiry(grant),
            id_token="openid" in scope,
            nonce=code.nonce,
        )

    def consume(self, minted: Minted) -> None:
        if not authorization_codes.consume(self.code):
            self._replayed(self.code)
        if not grants.used(minted.order.grant.id):
            raise InvalidGrantError("The grant has ended.")
        minted.record()

    def _check_binding(self, code: AuthorizationCode) -> None:
        # Wrong here burns nothing: otherwise whoever saw a code could spoil it for its owner (CR4, CR5).
        if self.parameters.first("redirect_uri") != code.redirect_uri:
            raise InvalidGrantError("redirect_uri differs from the one of the authorization request.")
        verifier = self.parameters.first("code_verifier")
        if code.code_challenge is None:
            if verifier is not None:  # RFC 9700 section 4.8.2: PKCE downgrade
                raise InvalidGrantError("code_verifier was sent, but the request had no code_challenge.")
            return
        if verifier is None or not pkce.is_verifier(verifier):
            raise InvalidRequestError("code_verifier must have 43 to 128 unreserved characters.")
        if not pkce.verifies(verifier, code.code_challenge):
            raise InvalidGrantError("code_verifier does not match the code_challenge.")

    def _replayed(self, code: AuthorizationCode) -> None:
        """A code used twice may be stolen: everything issued from it ends (RFC 6749 section 4.1.2, decision 16)."""
        if grants.revoke(code.grant_id, because="code_replayed"):
            record(Tag.CODE_REPLAYED, client_id=code.client_id, grant=code.grant_id)
        raise InvalidGrantError("The code has been used before.")
