"""Which authorization details one access token has (RFC 9396 sections 6 and 7): those of its grant, or fewer."""

from dataclasses import replace

from authserver.oauth import authorization_details
from authserver.oauth.issuer import Order
from authserver.oauth.request import Parameters

NAME = "authorization_details"


def assigned(order: Order, parameters: Parameters) -> Order:
    """The order with the details of its token. Raises invalid_authorization_details.

    Where no person grants anything the client asks for details as it asks for scopes; anywhere else it may only narrow.
    """
    text = parameters.first(NAME)
    details = tuple(order.claims.get(NAME, order.grant.details.get(NAME, ())))
    if text is not None and order.grant.kind == "client_credentials":
        details = authorization_details.read(text, order.client)
    elif text is not None:
        details = authorization_details.within(authorization_details.parse(text), details)
    details = authorization_details.for_audience(details, order.audience)
    others = {name: value for name, value in order.claims.items() if name != NAME}
    return replace(order, claims={**others, NAME: list(details)}) if details else replace(order, claims=others)
