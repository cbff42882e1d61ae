"""The revocation feed, for resource servers: a signed list of what has ended since a cursor, as a long poll."""

from functools import partial

from authserver import clock
from authserver.models.callers import RESOURCE_SERVER
from authserver.models.clients import Client
from authserver.oauth import feed
from authserver.oauth.answer import NO_STORE, Answer
from authserver.oauth.errors import Cause, UnauthorizedClientError
from authserver.oauth.request import EMPTY, Request
from authserver.oauth.server import AuthorizationServer
from authserver.oauth.waiting import Held
from authserver.wire import Endpoint

TYPE = ("Content-Type", f"application/{feed.TYP}")


def respond(request: Request, server: AuthorizationServer) -> Answer:
    """News at once; without any, the answer that there is none, held back as long as the caller will wait.

    Credentials are never read from the query: a client that cannot send them in a header sends a form.
    """
    parameters = request.form() if request.method == "POST" else request.query().single()
    client = server.client_of(request, parameters if request.method == "POST" else EMPTY)
    if client.type != RESOURCE_SERVER:
        says = "Only resource servers follow revocations."
        raise UnauthorizedClientError(says, Cause("not_a_resource_server", "Client", received=client.type))
    cursor, wait = feed.read(parameters.first("since")), feed.seconds(parameters.first("wait"))
    news = feed.after(cursor)
    answer = _signed(news, client, server)
    if news or cursor is None or not wait:
        return answer
    again = partial(_after, cursor, client, server)
    return Held(answer.status, answer.headers, answer.body, wait, partial(feed.has_news, cursor), again)


def _after(cursor: feed.Cursor, client: Client, server: AuthorizationServer) -> Answer:
    return _signed(feed.after(cursor), client, server)


def _signed(news: feed.News, client: Client, server: AuthorizationServer) -> Answer:
    settings = server.settings
    stated = {"iss": settings.issuer, "aud": client.client_id, "iat": clock.now(), **news.document()}
    body = server.keyring.sign(stated, alg=settings.access_token_alg, typ=feed.TYP)
    return Answer(200, (TYPE, *NO_STORE), body.encode())


ENDPOINT = Endpoint("revocations_endpoint", "/revocations", ("GET", "POST"), respond, traced="refusals")
