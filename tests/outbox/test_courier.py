"""Delivery of mail: by a real SMTP conversation, after the commit, once, again after a failure, or to the log."""

import logging
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr

from authserver.models import outbox
from authserver.models.outbox import Mail
from authserver.models.unit_of_work import unit_of_work
from authserver.outbox import courier, messages, queue, smtp
from authserver.outbox.messages import Message
from authserver.settings import Settings
from tests.pages.people import commit, database_of, mails, settings_of, someone

NOTE = Message("Hello", "Line one\n.\nLine three with ünïcode\n")


class Postbox(socketserver.ThreadingTCPServer):
    """A server that speaks just enough SMTP, and keeps what it was told."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.commands: list[str] = []
        self.answers: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    server: Postbox

    def handle(self) -> None:
        self.say("220 postbox")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            answer = self.server.answers.get(
                verb, "354 go on" if verb == "DATA" else "221 bye" if verb == "QUIT" else "250 ok"
            )
            self.say(answer)
            if answer.startswith("354"):
                self.server.letters.append(self.letter())
                self.say("250 taken")
            if verb == "QUIT":
                return

    def letter(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        return "".join(lines)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread: the test itself calls `deliver`."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)


def with_smtp(app: Flask, url: str) -> Settings:
    return settings_of(app).model_copy(update={"smtp_url": SecretStr(url)})


def post(app: Flask, settings: Settings, message: Message = NOTE) -> str:
    recipient = f"{someone()}@people.test"
    commit(app, lambda: queue.post(settings, message, recipient=recipient))
    return recipient


def clear(app: Flask) -> None:
    commit(app, lambda: outbox.purge(before=2**40))


def eventually(condition: object, *, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_mail_is_delivered_after_the_commit_by_itself(app: Flask, postbox: Postbox) -> None:
    clear(app)
    courier.stop(database_of(app))
    settings = with_smtp(app, postbox.url)
    try:
        recipient = post(app, settings)
        assert eventually(lambda: mails(app, recipient) == [])
        again = post(app, settings)
        assert eventually(lambda: mails(app, again) == [])
    finally:
        courier.stop(database_of(app))
    assert len(postbox.letters) == 2
    first = postbox.letters[0]
    assert f"To: {recipient}\r\n" in first
    assert "From: no-reply@localhost\r\n" in first
    assert "Auto-Submitted: auto-generated\r\n" in first
    assert "Message-ID: <" in first


def test_nothing_is_sent_for_a_change_that_was_rolled_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[object] = []
    monkeypatch.setattr(courier, "wake", lambda database, settings: woken.append(database))
    recipient = f"{someone()}@people.test"
    with unit_of_work(database_of(app)) as unit:
        queue.post(settings_of(app), NOTE, recipient=recipient)
        unit.rollback()
        unit.commit()
    assert woken == []
    assert mails(app, recipient) == []


def test_text_is_forgotten_once_delivered(app: Flask, postbox: Postbox, by_hand: None) -> None:
    clear(app)
    settings = with_smtp(app, postbox.url)
    post(app, settings, Message("Link", "https://people.test/reset/lk_canary"))
    assert courier.deliver(database_of(app), settings) == 1
    assert "lk_canary" in postbox.letters[0]
    with database_of(app).engine.connect() as connection:
        bodies = connection.execute(outbox.outbox.select().with_only_columns(outbox.outbox.c.body)).scalars().all()
    assert not any("lk_canary" in body for body in bodies)


def test_two_processes_never_send_the_same_mail(app: Flask, postbox: Postbox, by_hand: None) -> None:
    clear(app)
    settings = with_smtp(app, postbox.url)
    for _ in range(6):
        post(app, settings)
    workers = [threading.Thread(target=courier.deliver, args=(database_of(app), settings)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(postbox.letters) == 6


def test_refused_mail_is_tried_again_later_and_given_up_at_last(
    app: Flask, postbox: Postbox, by_hand: None, caplog: pytest.LogCaptureFixture
) -> None:
    clear(app)
    settings, database = with_smtp(app, postbox.url), database_of(app)
    postbox.answers["MAIL"] = "451 not now"
    with time_machine.travel(1_800_000_000, tick=False) as clock, caplog.at_level(logging.WARNING):
        recipient = post(app, settings)
        for pause in courier.BACKOFF:
            assert courier.deliver(database, settings) == 1
            clock.shift(pause - 1)
            assert courier.deliver(database, settings) == 0
            clock.shift(1)
        assert len(mails(app, recipient)) == 1
        assert courier.deliver(database, settings) == 1
        assert mails(app, recipient) == []
    assert "is given up" in caplog.text
    assert postbox.letters == []


def test_no_server_there_keeps_the_mail(app: Flask, by_hand: None) -> None:
    clear(app)
    settings = with_smtp(app, "smtp://user:canary-password@127.0.0.1:1")
    recipient = post(app, settings)
    assert courier.deliver(database_of(app), settings) == 1
    assert len(mails(app, recipient)) == 1


def test_decision_33_without_smtp_the_link_stands_in_the_log(
    app: Flask, by_hand: None, caplog: pytest.LogCaptureFixture
) -> None:
    clear(app)
    settings = settings_of(app)
    recipient = post(app, settings, messages.reset_password(brand="B", url="http://localhost:8000/reset/lk_x"))
    with caplog.at_level(logging.INFO, "authserver.mail"):
        assert courier.deliver(database_of(app), settings) == 1
    (entry,) = [entry for entry in caplog.records if entry.name == "authserver.mail"]
    assert entry.levelno == logging.INFO
    assert "http://localhost:8000/reset/lk_x" in entry.getMessage()
    assert recipient in entry.getMessage()


def test_LG2_mail_to_nobody_is_neither_sent_nor_logged(
    app: Flask, postbox: Postbox, by_hand: None, caplog: pytest.LogCaptureFixture
) -> None:
    clear(app)
    settings = with_smtp(app, postbox.url)
    commit(app, lambda: queue.post(settings, NOTE, recipient=queue.NOBODY))
    commit(app, lambda: queue.post(settings, NOTE, recipient=queue.NOBODY))
    with caplog.at_level(logging.INFO, "authserver.mail"):
        assert courier.deliver(database_of(app), settings) == 2
        assert courier.deliver(database_of(app), settings_of(app)) == 0
    assert postbox.letters == []
    assert caplog.text == ""


@pytest.mark.parametrize("url", ["http://x.test", "smtp://:25", "smtp://x.test:port", "canary"])
def test_bad_smtp_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(smtp.Refused) as refused:
        smtp.server(url)
    assert str(refused.value).startswith("the SMTP URL")
    assert "x.test" not in str(refused.value)
    assert "canary" not in str(refused.value)


def test_smtp_url_is_read_whole() -> None:
    server = smtp.server("smtps://us%40er:p%3Ass@mail.people.test")
    assert (server.host, server.port, server.implicit_tls, server.user, server.password) == (
        "mail.people.test", 465, True, "us@er", "p:ss",
    )  # fmt: skip
    assert smtp.server("smtp://mail.people.test").port == 587
    assert "p:ss" not in repr(server)


def test_IJ2_no_value_adds_a_header(app: Flask) -> None:
    mail = Mail("ml_1", "a@people.test\r\nBcc: eve@people.test", "Hi\nX-Evil: 1", "body", 0, 0, 0, None)
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        smtp.compose(settings_of(app), mail)


def test_IJ2_such_a_mail_is_refused_not_fatal(app: Flask, postbox: Postbox) -> None:
    mail = Mail("ml_1", "a@people.test", "Hi\nX-Evil: 1", "body", 0, 0, 0, None)
    with pytest.raises(smtp.Refused):
        smtp.send(settings_of(app), postbox.url, mail)
    assert postbox.letters == []


def test_password_is_sent_only_where_nobody_listens(
    app: Flask, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LOOPBACK_HOSTS", frozenset())
    mail = Mail("ml_1", "a@people.test", "Hi", "body", 0, 0, 0, None)
    url = postbox.url.replace("//", "//user:canary-password@")
    with pytest.raises(smtp.Refused, match="no encryption"):
        smtp.send(settings_of(app), url, mail)
    assert not any("AUTH" in command for command in postbox.commands)
