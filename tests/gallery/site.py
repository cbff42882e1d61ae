"""A running server with one of everything in it: people, applications, keys, so that pages have something to show."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from authserver.audit.tags import Tag
from authserver.models import audit_events, clients, links
from authserver.models.audit_events import Wanted
from authserver.models.clients import Client
from authserver.models.users import User
from authserver.oauth import api_keys
from tests.factories import make_api_key, make_client, make_user, within
from tests.relying_party import RelyingParty, Remote, challenge_of, encoded

if TYPE_CHECKING:
    from authserver.composition import House
    from tests.processes import RunningServer

PASSWORD = "a walk in the winter sun"
OWNER, VISITOR, NOBODY = "ada", "grace", ""
CALLBACK = "http://127.0.0.1:9/callback"  # where nobody listens
MISSPELT = "http://127.0.0.1:9/Callback/"
VERIFIER = "v" * 43
PAYMENT = "payment_initiation"
READING = "openid read:realms"
CHANGING = "openid profile read:realms write:realms"
EVERYTHING = f"{CHANGING} delete:realms offline_access"


@dataclass
class Gallery:
    """The server at `url`; `app` is the same installation in this process, through which samples are made."""

    server: "RunningServer"
    app: Flask
    people: dict[str, User]
    clients: dict[str, Client] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # by client id
    arguments: dict[str, str] = field(default_factory=dict)  # variable parts of addresses
    states: dict[str, Any] = field(default_factory=dict)  # cookies of who has signed in, by user name

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def house(self) -> "House":
        house: House = self.app.extensions["authserver.house"]
        return house

    @property
    def owner(self) -> User:
        return self.people[OWNER]

    def link(self, purpose: str) -> str:
        """The address of a one-time link that nobody has used."""
        email = {"email": "new@people.example", "before": self.owner.email}
        about = {"client_id": self.clients["web"].client_id, **email}
        with within(self.house):
            secret = links.issue(purpose, ttl=3600, user_id=self.owner.id, details=about)
        return f"{self.url}/{purpose}/{secret}"

    def authorize(self, client: Client, **changes: Any) -> str:
        """Where this application sends people."""
        parameters = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uris[0] if client.redirect_uris else None,
            "scope": READING,
            "state": "s",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{self.url}/authorize?{encoded(parameters)}"

    def context_of(self, browser: Browser, who: str, **options: Any) -> BrowserContext:
        """A browser of its own for this person; "" for one in which nobody has signed in."""
        return self.signed_in(browser, who, **options) if who else open_context(browser, **options)

    def signed_in(self, browser: Browser, name: str = OWNER, **options: Any) -> BrowserContext:
        """A browser in which somebody, by default the owner of everything, has signed in."""
        if name not in self.states:
            with open_context(browser) as context:
                sign_in(context.new_page(), self.url, name)
                self.states[name] = context.storage_state()
        return open_context(browser, storage_state=self.states[name], **options)

    def allow(self, client: Client, scope: str, who: str = OWNER) -> RelyingParty:
        """Somebody gives the application access, and it has its tokens."""
        transport = Remote(self.url)
        rp = RelyingParty(transport, client, self.secrets.get(client.client_id, ""))
        try:
            rp.sign_in(self.people[who], PASSWORD).authorize(scope=scope)
            if not rp.answer:
                rp.consent("allow")
            rp.redeem()
        finally:
            transport.close()
        return rp


def open_context(browser: Browser, **options: Any) -> BrowserContext:
    """A fresh browser profile; nothing in it moves, so that pictures are the same every time."""
    defaults = {"locale": "en-US", "reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}
    return browser.new_context(**{**defaults, **options})


def sign_in(page: Page, url: str, username: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/login")
    fill_in_login(page, username, password)
    page.wait_for_url(lambda address: "/login" not in address)


def fill_in_login(page: Page, username: str, password: str = PASSWORD) -> None:
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def furnished(server: "RunningServer", app: Flask) -> Gallery:
    """Make one of everything."""
    house = app.extensions["authserver.house"]
    owner, _ = make_user(house, password=PASSWORD, username=OWNER, name="Ada Lovelace", is_admin=True)
    visitor, _ = make_user(house, password=PASSWORD, username=VISITOR, name="Grace Hopper")
    gallery = Gallery(server, app, {OWNER: owner, VISITOR: visitor})
    gallery.clients = {
        "web": application(gallery, "Winter Reports"),
        "verified": application(gallery, "Photo Album", verified=True, redirect_uris=[f"{server.url}/docs"]),
        "spa": application(gallery, "Board", type="spa"),
        "native": application(gallery, "Command line", type="native", redirect_uris=["http://127.0.0.1/callback"]),
        "test": application(gallery, "Sandbox", allow_scope_deselect=True),
        "machine": application(gallery, "Nightly job", type="machine"),
        "api": application(
            gallery,
            "Realms API",
            type="resource_server",
            audience="https://api.example",
            authorization_details_types=[{"type": PAYMENT, "members": ["amount", "creditor", "remittance"]}],
        ),
    }
    key = keys_of(gallery, owner)
    gallery.allow(gallery.clients["web"], EVERYTHING)
    gallery.arguments = {
        "client_id": gallery.clients["web"].client_id,
        "key_id": key,
        "user_id": visitor.id,
        "event_id": deed_of_the_owner(gallery),
        "kid": server.get("/.well-known/jwks.json").json()["keys"][0]["kid"],
        "code": "invalid_grant",
        "trace_id": failed_request(gallery),
        "filename": "style.css",
    }
    return gallery


def application(gallery: Gallery, name: str, *, verified: bool = False, **metadata: Any) -> Client:
    """An application of the owner."""
    document = {"client_name": name, **metadata}
    if metadata.get("type", "web") not in {"machine", "resource_server"}:
        document.setdefault("redirect_uris", [CALLBACK])
    client, secret = make_client(gallery.house, owner=gallery.owner, **document)
    gallery.secrets[client.client_id] = secret
    if verified:
        with within(gallery.house):
            clients.change(client.client_id, verified_at=client.created_at)
    return client


def keys_of(gallery: Gallery, user: User) -> str:
    """Keys in every state: fresh, ending soon, of the test environment, being replaced, revoked. The id of one."""
    house = gallery.house
    long = "Nightly export of every realm to the archive, started by the scheduler in the cellar"
    first, _ = make_api_key(house, user, name="CI", scopes=("read:realms", "write:realms"))
    make_api_key(house, user, name=long[:80], expires_in=3 * 86400, note="Ask Grace before you touch it")
    make_api_key(house, user, name="Staging", environment="test", ip_allow=("192.0.2.0/24", "2001:db8::/32"))
    replaced, _ = make_api_key(house, user, name="Dashboard")
    revoked, _ = make_api_key(house, user, name="Old laptop")
    with within(house):
        api_keys.rotate(replaced, overlap=3600, actor=user.id)
        api_keys.revoke(revoked, actor=user.id, because="lost")
    for number in range(1, 9):
        make_api_key(house, user, name=f"Worker {number}")
    return first.id


def failed_request(gallery: Gallery) -> str:
    """The id of a request of the owner's application that was refused: its redirect URI is another one."""
    asked = gallery.authorize(gallery.clients["web"], redirect_uri=MISSPELT).removeprefix(gallery.url)
    trace: str = gallery.server.get(asked).headers["X-Request-Id"]
    return trace


def deed_of_the_owner(gallery: Gallery) -> str:
    """The id of something that the owner has done, and may say that it was somebody else: events have no order."""
    wanted = Wanted(tag=Tag.API_KEY_CREATED, user_id=gallery.owner.id)
    with within(gallery.house):
        return audit_events.following(0, "", limit=1, wanted=wanted)[0].id
