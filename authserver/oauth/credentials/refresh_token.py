"""Refresh tokens: not introspected (IN6), only revoked, and their family with them (RV3)."""

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants, refresh_tokens
from authserver.models.clients import Client
from authserver.oauth.credentials.credential import Found, Question, Verifier, foreign


class RefreshTokenCredential:
    """Refresh tokens at `/revoke`."""

    def recognises(self, token: str) -> bool:
        return token.startswith("rt_")

    def introspect(self, token: str, question: Question) -> Found:
        return None

    def revoke(self, token: str, client: Client, verifier: Verifier) -> None:
        row = refresh_tokens.find(token)
        grant = grants.find(row.grant_id) if row else None
        if grant is None:
            return
        if grant.client_id != client.client_id:
            raise foreign()
        if grants.revoke(grant.id, because="client_revoked"):
            record(
                Tag.GRANT_REVOKED,
                actor=client.client_id,
                user_id=grant.user_id,
                client_id=grant.client_id,
                grant=grant.id,
            )
