"""CREDENTIALS: what introspection and revocation recognise. A new kind is one file here and one line in the list."""

from authserver.oauth.credentials.access_token import AccessTokenCredential
from authserver.oauth.credentials.api_key import ApiKeyCredential
from authserver.oauth.credentials.credential import Credential
from authserver.oauth.credentials.refresh_token import RefreshTokenCredential

CREDENTIALS: list[Credential] = [ApiKeyCredential(), AccessTokenCredential(), RefreshTokenCredential()]
