"""A client whose user stands before the consent page, and what there is to do there."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from authserver.models import clients as stored_clients
from authserver.models import consents, outbox
from authserver.models.clients import Client
from authserver.models.consents import Consent
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import read, unit_of_work
from authserver.models.users import User
from authserver.oauth import clients
from tests.forms import Form
from tests.relying_party import FORM, RelyingParty, Reply, encoded

if TYPE_CHECKING:
    from authserver.composition import House

SCOPE = "openid profile offline_access read:realms write:realms delete:realms"


class Asking(RelyingParty):
    """A client whose user is signed in, and stands before the consent page after `authorize`."""

    house: "House"
    user: User

    @property
    def page(self) -> str:
        assert self.at == "/consent", self.reply
        assert self.reply is not None
        return self.reply.text

    @property
    def question(self) -> Form:
        return self.form("/consent")

    @property
    def answer_of_the_user(self) -> dict[str, Any]:
        """The form as it stands, with Allow pressed and the password typed where it is asked for."""
        values: dict[str, Any] = {**self.question.values, "decision": "allow"}
        return values | ({"password": self.password} if "password" in values else {})

    def becomes(self, *, privileged: bool = False, **metadata: Any) -> Client:
        """Its owner, or an administrator, changes the application."""
        with unit_of_work(self.house.database) as unit:
            client = stored_clients.find(self.client.client_id)
            assert client is not None
            self.client = clients.change(client, metadata, privileged=privileged, actor="tests")
            unit.commit()
        return self.client

    def is_verified(self, verified: bool = True) -> None:
        """An administrator has looked at the application."""
        with unit_of_work(self.house.database) as unit:
            client = stored_clients.find(self.client.client_id)
            assert client is not None
            assert clients.set_verified(client, verified, actor="tests")
            unit.commit()

    def mails(self) -> list[Mail]:
        """What waits for the user, oldest first."""
        table = outbox.outbox
        statement = table.select().where(table.c.recipient == self.user.email).order_by(table.c.created_at)
        with unit_of_work(self.house.database):
            return [Mail(**row._mapping) for row in read().execute(statement)]

    @property
    def req(self) -> str:
        return str(self.question.values["req"])

    def remembered(self) -> Consent | None:
        with unit_of_work(self.house.database):
            return consents.find(user_id=self.user.id, client_id=self.client.client_id)


MakeAsking = Callable[..., Asking]


def send(rp: RelyingParty, **fields: object) -> Reply:
    return rp.transport.send("POST", "/consent", body=encoded(fields), headers={"Content-Type": FORM})


def look(rp: RelyingParty, req: str) -> Reply:
    return rp.transport.send("GET", f"/consent?{urlencode({'req': req})}", body=None, headers={})


def assert_stale(reply: Reply) -> None:
    assert reply.status_code == 400
    assert not reply.location
    assert "<title>Error:" in reply.text
    assert 'name="decision"' not in reply.text


def text_of(page: str) -> str:
    """What people read: no tags, every white space as one blank; a line that ends is a blank as well."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main")[0]
    return " ".join(re.sub(r"<[^>]+>", "", re.sub(r"<br>|</(p|dt|dd|legend|h1|h2)>", " ", main)).split())
