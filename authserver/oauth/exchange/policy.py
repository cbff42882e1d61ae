"""Which clients may exchange whose access tokens, and for where: set by administrators, client by client."""

from dataclasses import dataclass

from authserver.models.clients import Client
from authserver.oauth.client_members.exchange import POLICY
from authserver.oauth.errors import Cause, InvalidRequestError, InvalidTargetError, printable

CHECK = "Policy of token exchange"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an administrator has allowed a client."""

    subject_clients: tuple[str, ...]  # whose tokens it may exchange
    audiences: tuple[str, ...]  # that it may ask for beyond those of the subject token
    impersonation: bool  # whether the new token may be silent about who really acts

    def check_subject(self, client_id: str) -> None:
        """Raises invalid_request for the token of a client that it does not name."""
        if client_id not in self.subject_clients:
            cause = Cause("subject_client", CHECK, expected=" ".join(self.subject_clients), received=client_id)
            raise InvalidRequestError("The subject token is not good.", cause)

    def check_audience(self, asked: tuple[str, ...], *, own: tuple[str, ...]) -> None:
        """Raises invalid_target for one that neither the policy nor the subject token names."""
        if beyond := [name for name in asked if name not in (*self.audiences, *own)]:
            cause = Cause("audience_not_allowed", CHECK, expected=" ".join(self.audiences), received=beyond[0])
            says = f"The client may not exchange tokens for {printable(beyond[0], 100)}."
            raise InvalidTargetError(says, cause)

    def check_silence(self) -> None:
        """Raises invalid_request where nobody may be impersonated."""
        if not self.impersonation:
            cause = Cause("impersonation", CHECK, "The policy of the client wants an actor_token.")
            raise InvalidRequestError("Send an actor_token: this client may not impersonate anybody.", cause)


def of(client: Client) -> Policy:
    """The policy of a client. Raises invalid_request when there is none."""
    stated = client.details.get(POLICY)
    if not stated:
        cause = Cause("no_policy", CHECK, "The client is registered for the grant type, but for no access tokens.")
        raise InvalidRequestError("This client may not exchange access tokens.", cause)
    return Policy(tuple(stated["subject_clients"]), tuple(stated["audiences"]), stated["impersonation"])
