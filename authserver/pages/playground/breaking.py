"""Ways to break the flow on purpose: each one is a real request with one thing wrong in it."""

from dataclasses import dataclass

from authserver.oauth import pkce, playground
from authserver.pages.playground.exchange import Exchange, send
from authserver.pages.playground.flow import Begun, Held


@dataclass(frozen=True, slots=True)
class Break:
    """A button, and what happens when it is pressed."""

    id: str
    label: str
    says: str


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An authorization request with a fault: the browser opens it, as it would open any other."""

    label: str
    says: str
    url: str


WRONG_VERIFIER = Break(
    "verifier", "Wrong verifier", "As if somebody else had caught the code: they do not know the verifier."
)
WRONG_REDIRECT = Break(
    "redirect_uri", "Wrong redirect URI", "Redemption must repeat the redirect URI of the request to the byte."
)
REPLAY = Break("replay", "Use the code a second time", "The tokens that it gave end too: one of the two was a thief.")
OLD_REFRESH = Break(
    "old", "Use an old refresh token", "Refreshes twice, then presents the first token again: the whole family ends."
)


def links(begun: Begun) -> tuple[BrokenLink, ...]:
    """Authorization requests with one fault each."""
    return (
        BrokenLink(
            "Unregistered redirect URI",
            "Nothing may be sent to an address that nobody registered, so the error stays on a page here.",
            begun.url(redirect_uri=begun.redirect_uri + "s"),
        ),
        BrokenLink("No PKCE", "The challenge is left out.", begun.url(code_challenge=None, code_challenge_method=None)),
        BrokenLink("Misspelt scope", "A letter is missing.", begun.url(scope="read:realm")),
        BrokenLink("Silently", "prompt=none forbids every page, and somebody must be asked.", begun.url(prompt="none")),
    )


def redeem(held: Held, broken: str) -> list[Exchange]:
    """The code for tokens, or one of the faults; after a replay, what has become of the tokens."""
    verifier = pkce.challenge_of(held.verifier) if broken == WRONG_VERIFIER.id else held.verifier
    redirect_uri = held.redirect_uri + "/other" if broken == WRONG_REDIRECT.id else held.redirect_uri
    fields = [
        ("grant_type", "authorization_code"),
        ("code", held.code),
        ("redirect_uri", redirect_uri),
        ("client_id", held.client_id),
        ("code_verifier", verifier),
    ]
    exchanges = [send("Redeem the code", "/token", fields)]
    if broken == REPLAY.id and held.access_token:
        exchanges.append(introspect(held.access_token, "What has become of the access token?"))
    return exchanges


def introspect(token: str, said: str = "Ask as an API") -> Exchange:
    """As the playground's own resource server."""
    basic = (playground.API_ID, playground.api_secret())
    return send(said, "/introspect", [("token", token)], basic=basic)


def refresh(held: Held, broken: str) -> tuple[list[Exchange], Held]:
    """A new pair for the refresh token; or the fault: two in turn, then the first again."""
    first = _refreshed(held, "Refresh")
    now = held.given(first.document)
    if broken != OLD_REFRESH.id or not first.good:
        return [first], now
    second = _refreshed(now, "Refresh again, with the new token")
    last = now.given(second.document)
    third = _refreshed(held, "Present the first refresh token again")
    return [first, second, third, introspect(last.access_token, "What has become of the newest access token?")], last


def revoke(held: Held) -> list[Exchange]:
    """End the family, or the access token where there is no other; then ask about it."""
    token, hint = (held.refresh_token, "refresh_token") if held.refresh_token else (held.access_token, "access_token")
    fields = [("token", token), ("token_type_hint", hint), ("client_id", held.client_id)]
    exchanges = [send("Revoke", "/revoke", fields)]
    return [*exchanges, introspect(held.access_token, "Ask as an API")] if held.access_token else exchanges


def _refreshed(held: Held, said: str) -> Exchange:
    fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", held.refresh_token),
        ("client_id", held.client_id),
    ]
    return send(said, "/token", fields)
