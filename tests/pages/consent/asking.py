"""A client whose user stands before the consent page, and what there is to do there."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from authserver.models import consents
from authserver.models.consents import Consent
from authserver.models.unit_of_work import unit_of_work
from authserver.models.users import User
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
    assert "open for too long" in reply.text


def text_of(page: str) -> str:
    """What people read: no tags, every white space as one blank."""
    return " ".join(re.sub(r"<[^>]+>", "", page.partition("<main")[2].partition(">")[2]).split())
