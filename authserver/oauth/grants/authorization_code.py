"""Redemption of authorization codes (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""

from authserver import clock
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import authorization_codes, grants
from authserver.models.authorization_codes import AuthorizationCode
from authserver.oauth import binding, pkce, redirect_difference, resources
from authserver.oauth.errors import Cause, InvalidGrantError, InvalidRequestError
from authserver.oauth.grant import Grant, live_grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import of_grant, passed

CODE, USE, AGE = "Code", "First use", "Age of the code"
UNKNOWN = "The code is unknown, or was issued to another client."
NOT_SENT = "not sent"


class AuthorizationCodeGrant(Grant):
    """A code is good once, for the client it was issued to, with the redirect URI and the verifier of its request."""

    GRANT_TYPE = "authorization_code"

    def validate(self) -> Order:
        code = self._own_code()
        self._check_redirect_uri(code)
        self._check_verifier(code)
        binding.check_code(code.dpop_jkt, self.binding)
        if code.used_at is not None:
            self._replayed(code)
        passed(USE, "It has not been used before.")
        age, life = clock.now() - code.created_at, code.expires_at - code.created_at
        if code.expires_at <= clock.now():
            cause = Cause("code_expired", AGE, expected=f"less than {life} s", received=f"{age} s")
            raise InvalidGrantError("The code has expired.", cause)
        passed(AGE, f"{age} s of {life} s.")
        grant, user = live_grant(code.grant_id)
        scope = grant.scope_left
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
        self.record(minted)

    def _own_code(self) -> AuthorizationCode:
        code = authorization_codes.find(self.parameters.required("code"))
        if code is None:
            raise InvalidGrantError(UNKNOWN, Cause("code_unknown", CODE, "There is no such code here."))
        if code.client_id != self.oauth_client.client_id:
            raise InvalidGrantError(UNKNOWN, Cause("code_of_another_client", CODE, "It was issued to another client."))
        of_grant(code.grant_id)
        passed(CODE, "Known, and issued to this client.")
        return code

    # Wrong in the next two burns nothing: otherwise whoever saw a code could spoil it for its owner (CR4, CR5).

    def _check_redirect_uri(self, code: AuthorizationCode) -> None:
        sent = self.parameters.first("redirect_uri")
        if sent != code.redirect_uri:
            asked, now = code.redirect_uri or NOT_SENT, sent or NOT_SENT
            cause = Cause("redirect_uri_differs", redirect_difference.CHECK, expected=asked, received=now)
            raise InvalidGrantError("redirect_uri differs from the one of the authorization request.", cause)
        passed(redirect_difference.CHECK, "The same as in the authorization request.")

    def _check_verifier(self, code: AuthorizationCode) -> None:
        verifier = self.parameters.first("code_verifier")
        if code.code_challenge is None:
            if verifier is not None:  # RFC 9700 section 4.8.2: PKCE downgrade
                cause = Cause("verifier_unexpected", pkce.CHECK)
                raise InvalidGrantError("code_verifier was sent, but the request had no code_challenge.", cause)
            passed(pkce.CHECK, "Not used in the authorization request.")
            return
        if verifier is None or not pkce.is_verifier(verifier):
            sent = NOT_SENT if verifier is None else f"{len(verifier)} characters"
            cause = Cause("verifier_malformed", pkce.CHECK, expected="43 to 128 unreserved characters", received=sent)
            raise InvalidRequestError("code_verifier must have 43 to 128 unreserved characters.", cause)
        if not pkce.verifies(verifier, code.code_challenge):
            raise InvalidGrantError("code_verifier does not match the code_challenge.", _mismatch(verifier, code))
        passed(pkce.CHECK, "S256 of the verifier is the stored code_challenge.")

    def _replayed(self, code: AuthorizationCode) -> None:
        """A code used twice may be stolen: everything issued from it ends (RFC 6749 section 4.1.2, decision 16)."""
        self.spend_proof()
        if grants.revoke(code.grant_id, because="code_replayed"):
            grant = grants.find(code.grant_id)
            user_id = grant.user_id if grant is not None else None
            record(Tag.CODE_REPLAYED, user_id=user_id, client_id=code.client_id, grant=code.grant_id)
        raise InvalidGrantError("The code has been used before.", _used(code))


def _mismatch(verifier: str, code: AuthorizationCode) -> Cause:
    """The two hashes, which tell nothing of the verifier."""
    says = "S256 of the verifier is not the code_challenge of the authorization request."
    computed = pkce.challenge_of(verifier)
    return Cause("pkce_mismatch", pkce.CHECK, says, expected=code.code_challenge, received=computed)


def _used(code: AuthorizationCode) -> Cause:
    when = "in this same moment" if code.used_at is None else f"{clock.now() - code.used_at} s ago"
    return Cause("code_used", USE, f"It was used {when}. Everything that was issued from it has ended.")
