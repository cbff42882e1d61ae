"""Reports of keys that lie in public, from whoever finds them (AK11; GitHub's secret scanning partner programme)."""

from urllib.parse import unquote

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.logs import redacted
from authserver.models import api_keys as stored
from authserver.oauth import api_keys, notices
from authserver.oauth.credentials.api_key import is_well_formed
from authserver.settings import Settings

REPORTER = "leak-report"
LONGEST_DETAIL = 500


def report(settings: Settings, token: str, *, url: str, source: str, address: str) -> bool:
    """End a key of ours for good and tell its owner, once; every report is audited. False when it is none of ours."""
    key = stored.find_by_value(token) if is_well_formed(token) else None
    if key is None:
        return False
    ended = api_keys.revoke(key, actor=REPORTER, because="leaked")
    record(
        Tag.API_KEY_LEAKED,
        actor=REPORTER,
        user_id=key.user_id,
        address=address,
        key=key.id,
        url=_told(url),
        source=_told(source),
        revoked=ended,
    )
    if ended:
        notices.leaked(settings, key)
    return True


def _told(text: str) -> str:
    """What a stranger says of the place; the key may stand in it again (AD7)."""
    return redacted(unquote(text))[:LONGEST_DETAIL]
