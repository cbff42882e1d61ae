"""Global token revocation (draft-parecki-oauth-global-token-revocation): all that a person has given, ended at once.

For those who learn first that an account is in wrong hands. It ends every web session, every grant with all its tokens,
and the links that were on their way. API keys stay, as when the password is changed: each has its own end.
"""

from typing import Any

from authserver import strict_json
from authserver.accounts import credentials, sessions
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import grants, users
from authserver.models.users import User
from authserver.oauth.answer import Answer, empty_answer
from authserver.oauth.errors import Cause, InsufficientScopeError, InvalidRequestError
from authserver.oauth.request import CHECK, Request
from authserver.oauth.server import AuthorizationServer
from authserver.rest.access import ADMIN, authorized
from authserver.wire import Endpoint

BECAUSE = "global revocation"
_HOW = "Send JSON with sub_id: format iss_sub with iss and sub, or format email with email."


class UnknownSubjectError(InvalidRequestError):
    """Section 4.2 of the draft: there is no such account."""

    status_code = 404


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """204 once it is done, however often (section 4.1)."""
    principal = authorized(request, server)
    if not principal.for_all:
        raise InsufficientScopeError(ADMIN)
    person = _subject(_sub_id(request), server)
    if person is None:
        raise UnknownSubjectError("There is no such account.", Cause("subject_unknown", CHECK))
    actor = principal.user.id
    sessions.end_all_of(person, actor=actor, address=request.address or None)
    count = grants.revoke_of(user_id=person.id, because=BECAUSE)
    credentials.end_all(person, because=BECAUSE)
    record(Tag.GRANT_REVOKED, actor=actor, user_id=person.id, address=request.address or None, count=count)
    return empty_answer(204)


def _sub_id(request: Request) -> dict[str, Any]:
    """The subject identifier (RFC 9493) of the body. Raises invalid_request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        document = strict_json.parse(request.body) if kind == "application/json" else None
    except ValueError:
        document = None
    found = document.get("sub_id") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise _malformed()
    return found


def _subject(sub_id: dict[str, Any], server: AuthorizationServer) -> User | None:
    """RFC 9493 sections 3.2.2 and 3.2.4. Raises invalid_request for another format."""
    match sub_id:
        case {"format": "iss_sub", "iss": iss, "sub": sub}:
            return users.find(sub) if iss == server.settings.issuer else None
        case {"format": "email", "email": email} if "@" in email:
            return users.find_by_login(email)
    raise _malformed()


def _malformed() -> InvalidRequestError:
    return InvalidRequestError(_HOW, Cause("subject_malformed", CHECK))


ENDPOINT = Endpoint(
    "global_token_revocation_endpoint", "/global-token-revocation", ("POST",), respond, traced="refusals"
)
