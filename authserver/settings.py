"""Every setting of the server: its type, its default and what it does; read once, validated, then frozen."""

import os
import re
import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "AUTHSERVER_"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
LOGO_LIMIT = 64 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
ASYMMETRIC_ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")


class SettingsError(Exception):
    """A setting that stops the start; the message names the variable and says what it may be."""


class Settings(BaseSettings):
    """Flag > environment > `<NAME>_FILE` > settings file > default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    issuer: str = Field(
        "", description="Root URL of this server; http only on loopback hosts. Follows `listen` by default."
    )
    listen: str = Field("127.0.0.1:8000", description="Host and port to serve on.")
    workers: int = Field(0, ge=0, le=256, description="Worker processes; 0 chooses by the machine.")
    database_url: str = Field("", description="sqlite:///path or postgresql://...; SQLite in `data_dir` by default.")
    redis_url: SecretStr | None = Field(None, description="Counters of the rate limits, shared by several machines.")
    data_dir: Path = Field(Path("var"), description="Where the SQLite database lives.")
    keys_dir: Path = Field(Path("keys"), description="Where `master.key` lives.")
    master_key: SecretStr | None = Field(
        None, description="Master key (base64, 32 bytes) instead of `keys/master.key`."
    )
    brand: str = Field("RealmKit", min_length=1, max_length=60, description="Name that people see.")
    logo: Path | None = Field(None, description="An SVG or PNG file of at most 64 KB, shown beside the name.")
    accent: str = Field(
        "", description="Colour of buttons and links, #rrggbb; darkened or lightened until it can be read."
    )
    support_url: str = Field(
        "", description="Where people find help: an https or mailto address, at the foot of every page."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="How many proxies stand in front and set X-Forwarded-* and Client-Cert."
    )
    smtp_url: SecretStr | None = Field(
        None, description="smtp[s]://user:password@host:port; without it mail goes to the log."
    )
    mail_from: str = Field("", description="Sender of mail; no-reply at the issuer's host by default.")
    registration: Literal["closed", "token", "open"] = Field(
        "closed",
        description="Whether applications may register themselves: not at all, with an initial access token, or all.",
    )
    signup: Literal["open", "closed"] = Field("open", description="Whether strangers may make accounts.")
    refresh_grace: int = Field(
        10, ge=0, le=30, description="Seconds in which a replayed refresh token gets the same successor."
    )
    access_token_ttl: int = Field(900, ge=1, le=86400, description="Life of an access token, seconds.")
    access_token_alg: Literal["ES256", "RS256", "PS256", "EdDSA"] = Field(
        "ES256", description="Signature of JWT access tokens."
    )
    id_token_ttl: int = Field(900, ge=1, le=86400, description="Life of an ID token, seconds.")
    code_ttl: int = Field(60, ge=1, le=600, description="Life of an authorization code, seconds.")
    refresh_idle_ttl: int = Field(30 * 86400, ge=1, description="A refresh token unused for so long is dead, seconds.")
    refresh_absolute_ttl: int = Field(180 * 86400, ge=1, description="No refresh family lives longer, seconds.")
    session_idle_ttl: int = Field(1800, ge=1, description="A web session unused for so long ends, seconds.")
    session_absolute_ttl: int = Field(12 * 3600, ge=1, description="No web session lives longer, seconds.")
    request_ttl: int = Field(1800, ge=1, description="Life of a stored authorization request, seconds.")
    jwks_max_age: int = Field(
        3600, ge=0, le=86400, description="Cache time of the JWKS, and wait of a new key before its first use."
    )
    password_memory: int = Field(19456, ge=8192, description="argon2id memory, KiB.")
    log_format: Literal["text", "json"] = Field("text", description="Shape of log lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    metrics_listen: str | None = Field(None, description="Host and port of /metrics. Not used yet.")
    fetch_allow: str | None = Field(
        None, description="Hosts and networks outbound requests may reach although not public."
    )
    ca_bundle: Path | None = Field(
        None, description="PEM file of trust anchors of outbound TLS; those of the system by default."
    )
    client_ca: Path | None = Field(
        None, description="PEM file of the authorities of client certificates; without it the proxy has to verify them."
    )
    session_tokens: Literal["on", "off"] = Field("on", description="JWT session tokens of the web login.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands over counts: it has already merged the four sources in their order."""
        return (init_settings,)

    @field_validator("issuer")
    @classmethod
    def _issuer_is_a_root(cls, issuer: str) -> str:
        if not issuer:
            return issuer
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must be an http or https URL without query, fragment or user")
        if parts.path not in {"", "/"}:
            raise ValueError("must have no path: the issuer is the root of this server")
        if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
            raise ValueError("may be http only on a loopback host; use https")
        return issuer.rstrip("/")

    @field_validator("logo")
    @classmethod
    def _logo_can_be_shown(cls, logo: Path | None) -> Path | None:
        if logo is None:
            return None
        if logo.suffix.lower() not in LOGO_TYPES:
            raise ValueError("must be a file that ends in .svg or .png")
        try:
            content = logo.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None
        if len(content) > LOGO_LIMIT:
            raise ValueError(f"may have at most {LOGO_LIMIT // 1024} KB")
        if PNG not in content[:8] if logo.suffix.lower() == ".png" else b"<svg" not in content[:4096]:
            raise ValueError("is not an image of the kind that its name says")
        return logo.absolute()

    @field_validator("client_ca")
    @classmethod
    def _authorities_can_be_read(cls, file: Path | None) -> Path | None:
        if file is None:
            return None
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(file)
        except ssl.SSLError:
            raise ValueError("must be a PEM file of certificates") from None
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from None
        return file.absolute()

    @field_validator("accent")
    @classmethod
    def _accent_is_a_colour(cls, accent: str) -> str:
        if accent and not re.fullmatch(r"#[0-9A-Fa-f]{6}", accent):
            raise ValueError("must be a colour like #14655A")
        return accent

    @field_validator("support_url")
    @classmethod
    def _support_is_an_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"(https?://|mailto:)[!-~]+", url):
            raise ValueError("must begin with https://, http:// or mailto:")
        return url

    @field_validator("database_url")
    @classmethod
    def _database_is_known(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        path = url.removeprefix("sqlite:///")
        return f"sqlite:///{Path(path).absolute()}" if path and url.startswith("sqlite") else url

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("listen: must be HOST:PORT")
        if not self.issuer:
            object.__setattr__(self, "issuer", f"http://localhost:{port}")
        if not self.database_url:
            path = (self.data_dir / "authserver.db").absolute()
            object.__setattr__(self, "database_url", f"sqlite:///{path}")
        return self

    @property
    def secure(self) -> bool:
        """Whether people reach this server over https (cookies, headers)."""
        return self.issuer.startswith("https://")


def load(flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Merge flags, environment,
    `_FILE` variants and the settings file. Raises SettingsError naming the bad variable.
    """
    values = {**_from_file(environ), **_from_environ(environ), **(flags or {})}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("; ".join(_plain(detail) for detail in error.errors())) from None


def _from_file(environ: Mapping[str, str]) -> dict[str, Any]:
    name = environ.get(f"{PREFIX}CONFIG")
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{PREFIX}CONFIG: cannot read {name}: {error}") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in Settings.model_fields:
        name = f"{PREFIX}{field.upper()}"
        if f"{name}_FILE" in environ:
            try:
                values[field] = Path(environ[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE: cannot be read: {error.strerror}") from None
        if environ.get(name, "") != "":
            values[field] = environ[name]
    return values


def _plain(detail: Any) -> str:
    field = ".".join(str(part) for part in detail["loc"])
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not field:  # raised by the model as a whole, which names the field itself
        field, _, message = message.partition(": ")
    return f"{PREFIX}{field.upper()}: {message}"
