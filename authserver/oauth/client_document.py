"""Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): a client_id that is the URL of its own
metadata. It is fetched by the guarded door, kept as a client like any other, and looked at again from time to time.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from authserver import clock, strict_json
from authserver.fetch import Failed, Fetched, Fetcher, Refused
from authserver.models import client_documents
from authserver.models import clients as rows
from authserver.models.client_documents import ClientDocument
from authserver.models.clients import Client
from authserver.oauth import clients, registration_limits
from authserver.oauth.client_auth import Presented
from authserver.oauth.client_jwt import BadToken
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.errors import Cause, OAuth2Error, SlowDownError
from authserver.oauth.registrable import document_registrable
from authserver.traces import of_client, passed

LONGEST = 500  # characters of the URL
LARGEST = 32 * 1024  # bytes of the document
SHORTEST_LIFE, LONGEST_LIFE = 300, 86400  # seconds until it is asked for again, whatever its host says
RETRY = 60  # seconds until a host that does not answer is asked again
#: For so long an old copy is used while its host does not answer.
STALE_FOR = 7 * 86400
GONE = 0  # the time of a copy that is worth nothing, because the host has said so
#: By which a client may prove itself: there is nobody who could give it a secret.
METHODS = ("none", "private_key_jwt")
ACTOR = "client_document"
CHECK = "Client"
_URL = re.compile(r"https://[\x21-\x7e]+")
_MAX_AGE = re.compile(r"\bmax-age=\"?([0-9]{1,9})")


class NoDocument(Exception):
    """What is found there is no client; our copy is worth nothing any more."""


@dataclass(frozen=True, slots=True)
class ClientDocuments:
    """Clients that name themselves by a URL. `welcome`: also those that nobody here knows yet."""

    fetcher: Fetcher
    keys: ClientKeys
    welcome: bool

    def fault(self, client_id: str | None, *, address: str, fresh: bool = True) -> Cause | None:
        """Bring our copy up to date, or say why there is none; nothing for every other client_id.

        Without `fresh` any copy will do. What is fetched comes before the first write.
        """
        if client_id is None or not client_id.startswith("https://"):
            return None
        known = client_documents.find(client_id)
        if known is not None and (not fresh or known.fresh_until > clock.now()):
            return _gone(client_id) if fresh and known.fetched_at == GONE else None
        if known is None and (not self.welcome or len(client_id) > LONGEST):
            return None  # unknown like any other
        try:
            self._learn(client_id, known, address)
        except (NoDocument, SlowDownError) as error:
            return Cause("client_document", CHECK, f"Its metadata document: {error}", received=client_id)
        return None

    def public(self, presented: Presented) -> Client | None:
        """The public client that names itself so. Also one of this very request, which a hot read would not see yet."""
        if presented.method != "none" or not presented.client_id.startswith("https://"):
            return None
        client = rows.find(presented.client_id)
        if client is None or not client.enabled or not client.public:
            return None
        of_client(client.client_id, proven=False, secret_id=None)
        passed("Client authentication", presented.method)
        return client

    def _learn(self, url: str, known: ClientDocument | None, address: str) -> None:
        if known is None:
            registration_limits.check(address)
        try:
            _check_url(url)
            answer = self._fetched(url)
            draft = _draft(url, answer, self.fetcher)
        except Failed as failure:
            if known is None:
                registration_limits.count(address)
            _use_old_copy(known, failure)
            return
        except NoDocument:
            if known is not None:
                client_documents.keep(ClientDocument(url, GONE, clock.now() + RETRY))
            registration_limits.count(address)
            raise
        self._look_for_keys(draft)
        if known is None:
            registration_limits.count(address)
        _keep(url, draft)
        now = clock.now()
        client_documents.keep(ClientDocument(url, now, now + _lifetime(answer.headers)))

    def _look_for_keys(self, draft: Client) -> None:
        """It may prove itself by them in this very request, which writes from now on: no host may hold that up."""
        if uri := draft.details.get("jwks_uri"):
            with suppress(BadToken):
                self.keys.at(uri)

    def _fetched(self, url: str) -> Fetched:
        """Raises Failed for a host that is away, NoDocument for one that says no."""
        try:
            answer = self.fetcher.get(url)
        except Refused as error:
            raise NoDocument(str(error)) from None
        if answer.status >= 500 or answer.status == 429:
            raise Failed(f"The host answers {answer.status}.")
        if answer.status != 200:
            raise NoDocument(f"The host answers {answer.status}.")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise NoDocument("It is not sent as application/json.")
        if len(answer.body) > LARGEST:
            raise NoDocument(f"It has more than {LARGEST} bytes.")
        return answer


def _gone(client_id: str) -> Cause:
    says = "Its metadata document was no good a minute ago."
    return Cause("client_document", CHECK, says, received=client_id)


def _check_url(url: str) -> None:
    """Section 3 of the draft: what such a client_id looks like."""
    try:
        parts = urlsplit(url) if _URL.fullmatch(url) else urlsplit("")
    except ValueError:
        parts = urlsplit("")
    segments = unquote(parts.path).split("/")
    if not parts.hostname or "#" in url or "@" in parts.netloc or "\\" in url:
        raise NoDocument("The URL must have a host, and neither user name nor fragment.")
    if parts.path in {"", "/"} or {".", ".."} & set(segments):
        raise NoDocument("The URL must have a path, without dot segments.")


def _draft(url: str, answer: Fetched, fetcher: Fetcher) -> Client:
    """The client that the document describes."""
    try:
        document = strict_json.parse(answer.body)
    except ValueError:
        raise NoDocument("It is no JSON in UTF-8.") from None
    if not isinstance(document, dict) or document.get("client_id") != url:
        raise NoDocument("Its client_id is not the URL that it stands at.")
    if {"client_secret", "client_secret_expires_at"} & document.keys():
        raise NoDocument("It holds a client_secret.")
    if document.get("token_endpoint_auth_method", "none") not in METHODS:
        raise NoDocument(f"Its token_endpoint_auth_method must be one of: {' '.join(METHODS)}.")
    try:
        return clients.draft(document_registrable(document), privileged=False, fetcher=fetcher)
    except OAuth2Error as error:
        raise NoDocument(error.description) from None


def _keep(url: str, draft: Client) -> None:
    client = rows.find(url)
    if client is not None:
        clients.put(client, draft, clients.OWN, privileged=False, actor=ACTOR)
        return
    try:
        clients.add(draft, client_id=url, owner_id=None, actor=ACTOR)
    except clients.TakenError:
        return  # somebody else has brought it at the same moment


def _use_old_copy(known: ClientDocument | None, failure: Failed) -> None:
    """While the host is away our copy is good for some days, and the host is left alone for a minute."""
    now = clock.now()
    if known is None:
        raise NoDocument(str(failure))
    if known.fetched_at + STALE_FOR < now:
        client_documents.keep(ClientDocument(known.client_id, GONE, now + RETRY))
        raise NoDocument(str(failure))
    client_documents.keep(ClientDocument(known.client_id, known.fetched_at, now + RETRY))


def _lifetime(headers: Mapping[str, str]) -> int:
    """RFC 9111 section 5.2.2, within our bounds."""
    directives = headers.get("cache-control", "").lower()
    found = _MAX_AGE.search(directives)
    wanted = int(found[1]) if found and "no-store" not in directives and "no-cache" not in directives else 0
    return max(SHORTEST_LIFE, min(wanted, LONGEST_LIFE))


def hosted_at(client_id: str) -> str | None:
    """The host that vouches for a client by serving its document; None for every other client."""
    return urlsplit(client_id).netloc if client_id.startswith("https://") else None
