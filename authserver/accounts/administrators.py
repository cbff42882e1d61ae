"""Who administers this server: there is always somebody (AD5)."""

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import api_keys, grants, scopes, users
from authserver.models.users import User

BECAUSE = "administrator dismissed"


class LastAdministrator(Exception):
    """Nobody else could administer this server afterwards."""

    def __init__(self) -> None:
        super().__init__("This is the only administrator. Make another account an administrator first.")


def appoint(user: User, *, actor: str, address: str | None = None) -> bool:
    """Let this account administer the server. False when it could before."""
    if not users.appoint(user.id):
        return False
    record(Tag.USER_APPOINTED, actor=actor, user_id=user.id, address=address)
    return True


def dismiss(user: User, *, actor: str, address: str | None = None) -> bool:
    """Take that back, with all tokens and keys that only an administrator can give. False when it was none.

    Raises LastAdministrator.
    """
    if not user.is_admin:
        return False
    if not users.dismiss(user.id):
        raise LastAdministrator
    reserved = {scope.name for scope in scopes.every() if scope.reserved}
    ended = [grant.id for grant in grants.of_user(user.id) if reserved & set(grant.scope.split())]
    for grant_id in ended:
        grants.revoke(grant_id, because=BECAUSE)
    keys = _revoke_keys(user, reserved, actor=actor)
    record(Tag.USER_DISMISSED, actor=actor, user_id=user.id, address=address, grants=len(ended), keys=keys)
    return True


def _revoke_keys(user: User, reserved: set[str], *, actor: str) -> int:
    found = [key for key in api_keys.every(user_id=user.id) if reserved & set(key.scope.split())]
    ended = [key for key in found if api_keys.revoke(key.id, by=actor, because="administrator")]
    for key in ended:
        record(Tag.API_KEY_REVOKED, actor=actor, user_id=user.id, key=key.id, because=BECAUSE)
    return len(ended)
