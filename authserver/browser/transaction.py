"""The authorization that this browser is in the middle of, or what has become of it."""

from dataclasses import dataclass

from authserver.browser import identity
from authserver.browser.refusals import Stale
from authserver.models import authorization_requests, clients
from authserver.models.authorization_requests import AuthorizationRequest
from authserver.models.clients import Client
from authserver.oauth import restart
from authserver.oauth.authorization_parameters import AuthorizationParameters
from authserver.oauth.interaction import Progress
from authserver.oauth.restart import Standing


@dataclass(frozen=True, slots=True)
class Remains:
    """A stored request in whatever state, and its application, which is enabled."""

    request: AuthorizationRequest
    client: Client
    standing: Standing
    restartable: bool


def progress(request_id: str) -> Progress:
    """The stored request, and who sits here. Raises Stale when it is spent, expired, or another browser's."""
    stored = authorization_requests.find(request_id, browser=identity.browser())
    client = clients.find(stored.client_id) if stored is not None else None
    if stored is None or stored.spent_at is not None or client is None or not client.enabled:
        raise Stale
    signed_in = identity.signed_in()
    return Progress(
        request=stored,
        parameters=AuthorizationParameters.from_document(stored.parameters),
        client=client,
        user=signed_in.user if signed_in else None,
        session=signed_in.session if signed_in else None,
    )


def remains(request_id: str) -> Remains | None:
    """What there is of the request with this id. None when it is not known, or its application is no more."""
    browser, stored = identity.browser(), authorization_requests.recall(request_id)
    client = clients.find(stored.client_id) if stored is not None else None
    if stored is None or client is None or not client.enabled:
        return None
    standing, restartable = restart.standing(stored, browser=browser), restart.is_restartable(stored, browser=browser)
    return Remains(stored, client, standing, restartable)
