"""What all grants share: client authentication, then `validate`, `mint` and `consume`, in this order (decision 2)."""

from typing import ClassVar, cast

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from authserver.models import grants, installation, users
from authserver.models.clients import Client
from authserver.models.grants import Grant as GrantRow
from authserver.models.users import User
from authserver.oauth import binding, dpop, token_details
from authserver.oauth.binding import Binding
from authserver.oauth.errors import Cause, InvalidGrantError, OAuth2Error, UnauthorizedClientError
from authserver.oauth.issuer import Issuer, Minted, Order
from authserver.oauth.request import OAuth2Request, Parameters
from authserver.traces import passed

CHECK = "Grant type"
LIVE = "Grant"


class Grant(BaseGrant, TokenEndpointMixin):
    """A grant type at the token endpoint (RFC 6749 section 4). A new one fills in `validate` and `consume`."""

    GRANT_TYPE: ClassVar[str]
    request: OAuth2Request
    binding: Binding = binding.NOTHING  # of the tokens that are asked for
    _proof_spent = False

    def validate_token_request(self) -> None:
        """Authenticate the client, then check what it holds and what it presents. Nothing is spent but the proof."""
        self.request.client = self.server.authenticate_client(self.request, None)
        if self.GRANT_TYPE not in self.request.client.grant_types:
            registered = " ".join(self.request.client.grant_types)
            cause = Cause("grant_type_not_registered", CHECK, expected=registered, received=self.GRANT_TYPE)
            raise UnauthorizedClientError("The client is not registered for this grant type.", cause)
        passed(CHECK, self.GRANT_TYPE)
        self.binding = binding.shown(self.request.request, self.oauth_client, issuer=self.issuer.settings.issuer)
        try:
            order = token_details.assigned(self.validate(), self.parameters)
            binding.check_demanded(self.oauth_client, self.binding)
        except OAuth2Error:
            self.spend_proof()
            raise
        self.order = binding.bound(order, self.binding)

    def create_token_response(self) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
        """Sign, then spend and record in one transaction, then answer."""
        minted = self.issuer.mint(self.order)
        self.spend_proof()
        self.consume(minted)
        proof = self.binding.proof
        return 200, minted.response, [("DPoP-Nonce", dpop.nonce())] if proof is not None and proof.nonce_due else []

    def spend_proof(self) -> None:
        """Use up the DPoP proof of this request, if it has one (DP1). Raises invalid_dpop_proof.

        Whoever finds that something was used before calls it first: a request that was sent twice as it is, proof and
        all, comes from nobody who could make a new proof, and ends nothing.
        """
        if not self._proof_spent:
            self._proof_spent = True
            binding.spend(self.binding.proof)

    def validate(self) -> Order:
        """Check everything that the client presents. Raises an OAuth2Error."""
        raise NotImplementedError

    def consume(self, minted: Minted) -> None:
        """Spend the one-time thing by its conditional UPDATE and record the tokens.

        Raises invalid_grant for a loser.
        """
        raise NotImplementedError

    @staticmethod
    def record(minted: Minted, *, refresh: bool = True) -> None:
        """Note the use of the grant and record the tokens. Raises invalid_grant when it was revoked meanwhile."""
        if not grants.used(minted.order.grant.id, cnf=binding.of_family(minted.order)):
            raise ended()
        minted.record(refresh=refresh)

    @property
    def oauth_client(self) -> Client:
        return self.request.client

    @property
    def parameters(self) -> Parameters:
        return self.request.parameters

    @property
    def issuer(self) -> Issuer:
        return cast(Issuer, self.server.issuer)


def live_grant(grant_id: str) -> tuple[GrantRow, User]:
    """The grant and its user, both still good. Raises invalid_grant (CR8, RF8)."""
    grant = grants.find(grant_id)
    user = users.find(grant.user_id) if grant is not None and grant.user_id is not None else None
    if grant is None or grant.revoked_at is not None:
        because = f" ({grant.revoked_because})" if grant is not None else ""
        raise ended(f"It was revoked{because}.")
    if user is None or not user.enabled:
        raise ended("The account of the person is disabled or deleted.")
    if grant.created_at < max(user.not_before, installation.not_before()):
        raise ended("All that was granted before a certain time has been ended at once.")
    passed(LIVE, "Still good.")
    return grant, user


def ended(says: str = "It was revoked in this very moment.") -> InvalidGrantError:
    """The one public text for all that ends a grant, and beside it what has ended this one."""
    return InvalidGrantError("The grant has ended.", Cause("grant_ended", LIVE, says))
