"""Taking back what a user has allowed a client, all of it or one scope: everybody does it through here (RF8).

One scope is taken back from the consent and from every live grant. What a token may do is read with its grant each time
somebody asks about it: the scope is gone with the very next request, on every worker, from tokens of both forms.
"""

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import consents, grants

#: With nothing but these there is nothing to do: to have signed in, and to stay.
IDLE = frozenset({"openid", "offline_access"})
BECAUSE = "withdrawn"


def withdraw(*, user_id: str, client_id: str, actor: str) -> bool:
    """Forget the consent and end all grants, with every token issued from them. False when there was nothing."""
    forgotten = consents.withdraw(user_id=user_id, client_id=client_id)
    ended = grants.revoke_of(user_id=user_id, client_id=client_id, because=BECAUSE)
    if not forgotten and not ended:
        return False
    record(Tag.CONSENT_WITHDRAWN, actor=actor, user_id=user_id, client_id=client_id, grants=ended)
    return True


def withdraw_scope(name: str, *, user_id: str, client_id: str, actor: str) -> bool:
    """Take back one scope, and end what is left with nothing to do. False when the client did not have it."""
    allowed = consents.narrow(name, user_id=user_id, client_id=client_id)
    narrowed = grants.narrow(name, user_id=user_id, client_id=client_id)
    if allowed is None and not narrowed:
        return False
    if allowed is not None and IDLE.issuperset(allowed):
        consents.withdraw(user_id=user_id, client_id=client_id)
    for grant in narrowed:
        if IDLE.issuperset(grant.scope_left):
            grants.revoke(grant.id, because=BECAUSE)
        elif name == "offline_access":  # to stay is what refreshing is
            grants.end_refreshing(grant.id)
    count = len(narrowed)
    record(Tag.CONSENT_WITHDRAWN, actor=actor, user_id=user_id, client_id=client_id, grants=count, scope=name)
    return True


def left_of(scope: str, withdrawn: str) -> str | None:
    """The scope of a token without what was taken back; None when that leaves it nothing to do."""
    gone, names = withdrawn.split(), scope.split()
    left = [name for name in names if name not in gone]
    if len(left) == len(names):
        return scope
    return None if IDLE.issuperset(left) else " ".join(left)
