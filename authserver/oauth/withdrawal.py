"""Taking back what a user has allowed a client: pages, command line and API do it through here (RF8)."""

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import consents, grants


def withdraw(*, user_id: str, client_id: str, actor: str) -> bool:
    """Forget the consent and end all grants, with every token issued from them. False when there was nothing."""
    forgotten = consents.withdraw(user_id=user_id, client_id=client_id)
    ended = grants.revoke_of(user_id=user_id, client_id=client_id, because="withdrawn")
    if not forgotten and not ended:
        return False
    record(Tag.CONSENT_WITHDRAWN, actor=actor, user_id=user_id, client_id=client_id, grants=ended)
    return True
