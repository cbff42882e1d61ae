"""Sending one mail by SMTP (RFC 5321), encrypted wherever the server offers it (RFC 3207)."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORMAT
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from authserver.models.outbox import Mail
from authserver.settings import LOOPBACK_HOSTS, Settings

TIMEOUT = 10  # seconds, for each step


class Refused(Exception):
    """The mail cannot be sent; the message says why, without any credential."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in; `password` never appears in a repr."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


def server(url: str) -> Server:
    """Read `smtp[s]://user:password@host:port`. Raises Refused, which does not repeat the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("the SMTP URL cannot be read") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Refused("the SMTP URL must be smtp://host:port or smtps://host:port")
    implicit = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname, port or (465 if implicit else 587), implicit, user, password)


def compose(settings: Settings, mail: Mail) -> EmailMessage:
    """The mail with its headers. EmailMessage refuses line breaks in them, so no value can add one."""
    host = urlsplit(settings.issuer).hostname or "localhost"
    message = EmailMessage(policy=WIRE_FORMAT)
    message["From"] = settings.mail_from or f"no-reply@{host}"
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = formatdate(mail.created_at)
    message["Message-ID"] = make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice answers this
    message.set_content(mail.body)
    return message


def send(settings: Settings, url: str, mail: Mail) -> None:
    """Hand the mail to the server at `url`. Raises Refused."""
    try:
        _hand_over(server(url), compose(settings, mail), settings)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Refused(f"{type(error).__name__} at the SMTP server") from error


def _hand_over(target: Server, message: EmailMessage, settings: Settings) -> None:
    context = ssl.create_default_context(cafile=settings.ca_bundle)
    own_name = urlsplit(settings.issuer).hostname or "localhost"
    with _connect(target, context, own_name) as connection:
        encrypted = target.implicit_tls
        if not encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            encrypted = True
        if target.user:
            if not encrypted and target.host not in LOOPBACK_HOSTS:
                raise Refused("the SMTP server offers no encryption: the password was not sent")
            connection.login(target.user, target.password)
        connection.send_message(message)


def _connect(target: Server, context: ssl.SSLContext, own_name: str) -> smtplib.SMTP:
    if target.implicit_tls:
        secure = smtplib.SMTP_SSL(target.host, target.port, own_name, timeout=TIMEOUT, context=context)
        secure.ehlo()
        return secure
    plain = smtplib.SMTP(target.host, target.port, own_name, timeout=TIMEOUT)
    plain.ehlo()
    return plain
