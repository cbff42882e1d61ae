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
  feed.py           what ends them before their time: the revocation feed, followed in the background
  signature.py      what the issuer has signed for us; knows joserfc, too
  credential.py     the credential of a request
  binding.py        whether the caller holds the key or the certificate that a token is bound to
  proof.py          DPoP proofs; knows joserfc, and is loaded when one comes
  refusals.py       401, 403, 429 and 503 by the book
  step_up.py        what is demanded of a sign-in (RFC 9470)
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
    BadProof,
    InsufficientScope,
    InvalidToken,
    MissingCredential,
    QuotaExceeded,
    Refusal,
    Unavailable,
    UnprovenToken,
)
from authserver.resource_server.step_up import Authentication, InsufficientAuthentication

__all__ = [
    "Access",
    "Authentication",
    "Authority",
    "AuthorizationServer",
    "BadProof",
    "Configuration",
    "ConfigurationError",
    "InsufficientAuthentication",
    "InsufficientScope",
    "InvalidToken",
    "MissingCredential",
    "Problem",
    "Protection",
    "QuotaExceeded",
    "RateLimit",
    "Refusal",
    "Unavailable",
    "UnprovenToken",
    "problem_response",
]
