"""Polling for the answer of the person, and tokens once it is yes (RFC 8628 sections 3.4 and 3.5, DV1-DV7)."""

from authserver import clock
from authserver.models import device_codes
from authserver.models.device_codes import DeviceCode
from authserver.models.grants import Grant as GrantRow
from authserver.models.users import User
from authserver.oauth import device, resources, scopes
from authserver.oauth.errors import (
    AccessDeniedError,
    AuthorizationPendingError,
    Cause,
    ExpiredTokenError,
    InvalidGrantError,
    PollingTooFastError,
)
from authserver.oauth.grant import Grant, live_grant
from authserver.oauth.issuer import Minted, Order
from authserver.traces import of_grant, passed

CODE, USE, ANSWER = "Device code", "First use", "Answer of the person"
UNKNOWN = "The device code is unknown, or was issued to another client."


class DeviceCodeGrant(Grant):
    """A device code is good once, for the client it was issued to, after the person has said yes."""

    GRANT_TYPE = device.GRANT_TYPE

    def validate(self) -> Order:
        code = self.code = self._own_code()
        if code.used_at is not None:
            raise self._used()
        if code.expires_at <= clock.now():
            raise ExpiredTokenError("The device code has expired.", Cause("device_code_expired", CODE))
        if code.decision is None:
            raise self._undecided(code)
        grant, user = _allowed(code)
        asked = scopes.split(self.parameters.first("scope"))
        scope = scopes.within(asked, grant.scope_left) or grant.scope_left
        return Order(
            client=self.oauth_client,
            grant=grant,
            user=user,
            scope=scope,
            audience=resources.within(self.parameters.every("resource"), grant.audience),
            refresh_expires_at=self.issuer.refresh_expiry(grant),
            id_token="openid" in scope,
        )

    def consume(self, minted: Minted) -> None:
        if not device_codes.consume(self.code):
            raise self._used()
        self.record(minted)

    def _own_code(self) -> DeviceCode:
        code = device_codes.find(self.parameters.required("device_code"))
        if code is None:
            raise InvalidGrantError(UNKNOWN, Cause("device_code_unknown", CODE, "There is no such code here."))
        if code.client_id != self.oauth_client.client_id:
            cause = Cause("device_code_of_another_client", CODE, "It was issued to another client.")
            raise InvalidGrantError(UNKNOWN, cause)
        passed(CODE, "Known, and issued to this client.")
        return code

    def _undecided(self, code: DeviceCode) -> AuthorizationPendingError | PollingTooFastError:
        """Whoever asks too early is told to slow down, and has to from then on (section 3.5)."""
        now = clock.now()
        waited = None if code.polled_at is None else now - code.polled_at
        if waited is None or waited >= code.interval:
            device_codes.polled(code, interval=code.interval)
            cause = Cause("not_decided", ANSWER, f"{code.expires_at - now} s are left.")
            return AuthorizationPendingError("The user has not answered yet.", cause)
        slower = code.interval + device.SLOWER
        device_codes.polled(code, interval=slower)
        cause = Cause("polling_too_fast", "Interval", expected=f"at least {code.interval} s", received=f"{waited} s")
        return PollingTooFastError(f"Ask every {slower} seconds from now on.", cause)

    def _used(self) -> InvalidGrantError:
        """Nothing ends by that, unlike with an authorization code (decision 16).

        No browser ever carries a device code: whoever sends it twice is the device, whose answer was lost on the way.
        """
        return InvalidGrantError("The device code has been used before.", Cause("device_code_used", USE))


def _allowed(code: DeviceCode) -> tuple[GrantRow, User]:
    """What was allowed, and by whom. Raises access_denied, also when the account was locked since (DV7)."""
    if code.grant_id is None:
        raise AccessDeniedError("The user did not allow it.", Cause("denied", ANSWER))
    of_grant(code.grant_id)
    try:
        grant, user = live_grant(code.grant_id)
    except InvalidGrantError as error:
        cause = Cause("ended_since", ANSWER, error.cause.says if error.cause is not None else "")
        raise AccessDeniedError("The user no longer allows it.", cause) from None
    passed(ANSWER, "Yes.")
    return grant, user
