"""A small protected MCP server on the MCP Python SDK, run as a program: PORT ISSUER CLIENT_ID SECRET SCOPE."""

import sys
from typing import Any

import httpx2
import uvicorn
from mcp.server import MCPServer
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings


class Introspecting(TokenVerifier):
    """Asks the authorization server about every token (RFC 7662)."""

    def __init__(self, issuer: str, credentials: tuple[str, str], own_url: str) -> None:
        self._issuer = issuer
        self._credentials = credentials
        self._own_url = own_url

    async def verify_token(self, token: str) -> AccessToken | None:
        """What the server says of it, if it is active and names this very server as its audience."""
        async with httpx2.AsyncClient() as http:
            answer = await http.post(f"{self._issuer}/introspect", data={"token": token}, auth=self._credentials)
        said: dict[str, Any] = answer.json()
        if not said["active"]:
            return None
        audience = said["aud"] if isinstance(said["aud"], list) else [said["aud"]]
        resource = self._own_url if self._own_url in audience else None
        scopes = said["scope"].split()
        return AccessToken(
            token=token, client_id=said["client_id"], scopes=scopes, expires_at=said["exp"], resource=resource
        )


def main(port: str, issuer: str, client_id: str, secret: str, scope: str) -> None:
    """Serve one tool."""
    own_url = f"http://127.0.0.1:{port}/mcp"
    settings = AuthSettings(
        issuer_url=issuer, resource_server_url=own_url, required_scopes=[scope], validate_token_resource=True
    )
    server = MCPServer("realms", auth=settings, token_verifier=Introspecting(issuer, (client_id, secret), own_url))

    @server.tool()
    def realm_of(name: str) -> str:
        return f"The realm of {name}"

    uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
