"""GRANTS: what the token endpoint speaks. A new grant type is one file here and one line in the list."""

from authserver.oauth.grant import Grant
from authserver.oauth.grants.authorization_code import AuthorizationCodeGrant
from authserver.oauth.grants.client_credentials import ClientCredentialsGrant
from authserver.oauth.grants.device_code import DeviceCodeGrant
from authserver.oauth.grants.jwt_bearer import JwtBearerGrant
from authserver.oauth.grants.refresh_token import RefreshTokenGrant
from authserver.oauth.grants.token_exchange import TokenExchangeGrant

GRANTS: list[type[Grant]] = [
    AuthorizationCodeGrant,
    RefreshTokenGrant,
    ClientCredentialsGrant,
    DeviceCodeGrant,
    TokenExchangeGrant,
    JwtBearerGrant,
]
GRANT_TYPES = tuple(grant.GRANT_TYPE for grant in GRANTS)
