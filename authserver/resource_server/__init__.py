"""Protection for other people's Flask APIs: scopes by a decorator, credentials checked at `/introspect`.

    protection = Protection()

    @app.get("/v1/realms")
    @protection.requires("read:realms")
    def realms():
        return list_for(protection.access.sub)

    protection.init_app(app, Configuration(issuer=..., client_id=..., client_secret=..., audience=...))

It stands alone: nothing of the server is imported here (decision 38).

  protection.py     the decorator, the metadata view, refusals as answers; the only file that knows Flask
  configuration.py  who we are, and whom we ask
  introspection.py  the authorization server, asked over HTTP
  connections.py    keep-alive connections to it
  access.py         its answer
  cache.py          answers that may be used again
  credential.py     the credential of a request
  refusals.py       401, 403, 429 and 503 by the book
  limits.py         rate limits and their headers
  metadata.py       what this API says of itself (RFC 9728)
  problem.py        bodies of errors (RFC 9457)
"""

from authserver.resource_server.access import Access
from authserver.resource_server.configuration import Configuration, ConfigurationError
from authserver.resource_server.introspection import Authority, AuthorizationServer
from authserver.resource_server.limits import RateLimit
from authserver.resource_server.problem import Problem
from authserver.resource_server.protection import Protection, problem_response
from authserver.resource_server.refusals import (
    InsufficientScope,
    InvalidToken,
    MissingCredential,
    QuotaExceeded,
    Refusal,
    Unavailable,
)

__all__ = [
    "Access",
    "Authority",
    "AuthorizationServer",
    "Configuration",
    "ConfigurationError",
    "InsufficientScope",
    "InvalidToken",
    "MissingCredential",
    "Problem",
    "Protection",
    "QuotaExceeded",
    "RateLimit",
    "Refusal",
    "Unavailable",
    "problem_response",
]
