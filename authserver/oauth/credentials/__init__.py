"""CREDENTIALS: what introspection and revocation recognise. A new kind is one file here and one line in the list."""

from authserver.oauth.credentials.access_token import AccessTokenCredential
from authserver.oauth.credentials.api_key import ApiKeyCredential
from authserver.oauth.credentials.credential import Credential
from authserver.oauth.credentials.refresh_token import RefreshTokenCredential
from authserver.oauth.credentials.session_token import SessionTokenCredential

CREDENTIALS: list[Credential] = [
    ApiKeyCredential(),
    SessionTokenCredential(),  # before access tokens: both are JWTs
    AccessTokenCredential(),
    RefreshTokenCredential(),
]
