"""The authorization server: Authlib's core with our requests, answers, client authentication and grants."""

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer as AuthlibServer

from authserver.fetch import Fetcher
from authserver.keyring.keyring import Keyring
from authserver.limits.limiter import Limiter
from authserver.models.clients import Client
from authserver.models.logouts import Logout
from authserver.oauth import client_auth, client_authorities
from authserver.oauth.answer import NO_STORE, Answer, error_answer, json_answer
from authserver.oauth.client_auth import claimed
from authserver.oauth.client_document import ClientDocuments
from authserver.oauth.client_keys import ClientKeys
from authserver.oauth.client_proof import Proofs
from authserver.oauth.credentials.credential import Verifier
from authserver.oauth.errors import (
    Cause,
    ClientAuthenticationError,
    InvalidRequestError,
    OAuth2Error,
    UnsupportedGrantTypeError,
)
from authserver.oauth.grant import CHECK
from authserver.oauth.grants import GRANTS
from authserver.oauth.introspection import Misses
from authserver.oauth.issuer import Issuer
from authserver.oauth.oidc import logout_token
from authserver.oauth.request import OAuth2Request, Parameters, Request
from authserver.oauth.request_object import RequestObjects
from authserver.oauth.sealing import Sealer
from authserver.outbox.logouts import Letter
from authserver.settings import Settings
from authserver.traces.recorder import Recorder as Traces
from authserver.usage.recorder import Recorder


class AuthorizationServer(AuthlibServer):
    """What every door asks: settings, keyring, mint, and the phases of the token endpoint.

    `paths`: metadata name of every endpoint -> its path, from ENDPOINTS and PAGES.
    """

    def __init__(
        self,
        settings: Settings,
        keyring: Keyring,
        limiter: Limiter,
        usage: Recorder,
        traces: Traces,
        *,
        paths: Mapping[str, str],
    ) -> None:
        super().__init__()
        self.settings = settings
        self.keyring = keyring
        self.limiter = limiter
        self.usage = usage
        self.traces = traces
        self.paths = paths
        self.verifier = Verifier(
            settings.issuer,
            keyring,
            session_tokens=settings.session_tokens == "on",
            session_idle_ttl=settings.session_idle_ttl,
        )
        self.misses = Misses()
        self.fetcher = Fetcher(settings)
        self.client_keys = ClientKeys(self.fetcher)
        self.client_documents = ClientDocuments(self.fetcher, self.client_keys, welcome=settings.registration == "open")
        self.proofs = Proofs(
            settings.issuer,
            settings.issuer + paths["token_endpoint"],
            self.client_keys,
            client_authorities.read(settings.client_ca),
        )
        self.request_objects = RequestObjects(settings.issuer, self.client_keys, self.fetcher)
        self.sealer = Sealer(keyring, self.client_keys)
        self.issuer = Issuer(settings, keyring, self.sealer)
        for grant in GRANTS:
            self.register_grant(grant)

    def token(self, request: Request) -> Answer:
        """The token endpoint: parse, authenticate, validate, mint, consume."""
        answer: Answer = self.create_token_response(request)
        return answer

    def create_oauth2_request(self, request: Request) -> OAuth2Request:
        return OAuth2Request(request)

    def get_token_grant(self, request: OAuth2Request) -> Any:
        if request.payload.grant_type is None:
            cause = Cause("grant_type_missing", CHECK, client_id=claimed(request.headers, request.parameters))
            raise InvalidRequestError("The parameter grant_type is missing.", cause)
        for grant, _ in self._token_grants:
            if grant.check_token_endpoint(request):
                return grant(request, self)
        received, client_id = request.payload.grant_type, claimed(request.headers, request.parameters)
        cause = Cause("grant_type_unknown", CHECK, received=received, client_id=client_id)
        raise UnsupportedGrantTypeError("The grant type is not supported.", cause)

    def authenticate_client(self, request: OAuth2Request, methods: object = None, endpoint: str = "token") -> Client:
        return self.client_of(request.request, request.parameters)

    def client_of(self, request: Request, parameters: Parameters) -> Client:
        """The client that sends this, once it has proved itself. Raises invalid_client, invalid_request, slow_down."""
        presented = client_auth.present(request.headers, parameters)
        fault = self.client_documents.fault(presented.client_id, address=request.address, fresh=False)
        if fault is not None:
            raise ClientAuthenticationError(fault)
        proven = self.proofs.client_of(presented, request)
        proven = proven or self.client_documents.public(presented)
        return proven or client_auth.authenticate(presented, address=request.address)

    def logout_letter(self, logout: Logout) -> Letter | None:
        """The logout token of a session that is over, and where it goes."""
        return logout_token.write(logout, issuer=self.settings.issuer, sealer=self.sealer)

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        return json_answer(body, status=status, headers=(*NO_STORE, *headers))

    def handle_error_response(self, request: OAuth2Request, error: OAuth2Error) -> Answer:
        return error_answer(error, issuer=self.settings.issuer)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib's signals have no listeners here."""
