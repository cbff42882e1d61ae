"""Requests as the protocol sees them: query and body apart, duplicates visible, NUL and bad UTF-8 refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.requests import OAuth2Request as AuthlibRequest

from authserver.models.clients import Client
from authserver.oauth.errors import Cause, InvalidRequestError, printable

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 200
CHECK = "Parameters"
#: May be sent more than once (RFC 8707 section 2, RFC 8693 section 2.1).
REPEATABLE = frozenset({"resource", "audience"})


class Parameters:
    """Parameters of a query or a form. One without a value counts as omitted (RFC 6749 section 3.1)."""

    __slots__ = ("_values",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value:
                self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def first(self, name: str) -> str | None:
        """The value, or None when omitted; of several, the first."""
        values = self._values.get(name)
        return values[0] if values else None

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a repeatable parameter."""
        return tuple(self._values.get(name, ()))

    def required(self, name: str) -> str:
        """The value. Raises invalid_request when it is missing."""
        value = self.first(name)
        if value is None:
            raise InvalidRequestError(f"The parameter {name} is missing.", Cause("parameter_missing", CHECK))
        return value

    def repeated(self) -> list[str]:
        """Names that stand more than once although they may not (RFC 6749 section 3.1 and 3.2)."""
        return [name for name, values in self._values.items() if len(values) > 1 and name not in REPEATABLE]

    def single(self) -> "Parameters":
        """Itself. Raises invalid_request when a parameter is repeated."""
        if repeated := self.repeated():
            says = f"The parameter {printable(repeated[0], 60)} is repeated."
            raise InvalidRequestError(says, Cause("parameter_repeated", CHECK))
        return self

    def as_dict(self) -> dict[str, str]:
        """The first value of every parameter."""
        return {name: values[0] for name, values in self._values.items()}


EMPTY = Parameters([])


class HeaderFields(Mapping[str, str]):
    """The header fields of a WSGI environ by their names in lower case; read when asked for, not all at once."""

    __slots__ = ("_environ",)
    OTHERS: Mapping[str, str] = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[_variable(name)]
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _variable(name) in self._environ

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default."""
        return self._environ.get(_variable(name), default)

    def __iter__(self) -> Iterator[str]:
        own = (name[5:].replace("_", "-").lower() for name in self._environ if name.startswith("HTTP_"))
        yield from own
        yield from (name for name, variable in self.OTHERS.items() if variable in self._environ)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=256)
def _variable(name: str) -> str:
    return HeaderFields.OTHERS.get(name) or "HTTP_" + name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, read once. Header names are lower case; `body` is at most the limit of its endpoint."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    query_string: bytes = field(repr=False)
    body: bytes = field(repr=False)
    address: str
    trace_id: str
    variables: Mapping[str, str] = field(default_factory=dict)  # of the path
    certificate: str = field(default="", repr=False)  # `Client-Cert`, if a trusted proxy has set it
    scheme: str = ""  # http or https, as the outermost trusted proxy has seen it

    def query(self) -> Parameters:
        """The query parameters. Raises invalid_request for NUL and bad UTF-8."""
        return parse(self.query_string)

    def form(self) -> Parameters:
        """The parameters of a form body, each at most once (CR10, CR11). Raises invalid_request."""
        if self.query_string:
            client_id = parse(self.query_string).first("client_id")
            cause = Cause("parameters_in_query", CHECK, client_id=client_id)
            raise InvalidRequestError("Send the parameters in the body, none in the query.", cause)
        kind, _, rest = self.headers.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].strip(' "').lower()
        if kind.strip().lower() != FORM or charset not in {"", "utf-8"}:
            cause = Cause("body_not_a_form", CHECK, expected=FORM, received=kind.strip() or "no Content-Type")
            raise InvalidRequestError(f"Send the parameters as {FORM} in UTF-8.", cause)
        return parse(self.body).single()


class OAuth2Request(AuthlibRequest):
    """What Authlib's grants work on: our request, its form, and the client once it is known."""

    client: Client

    def __init__(self, request: Request) -> None:
        # Whether the transport is good enough is decided by the settings (issuer), not by Authlib's guess.
        super().__init__(request.method, f"https://authserver{request.path}", headers=request.headers)
        self.request = request
        self.parameters = request.form()
        self.payload = BasicOAuth2Payload(self.parameters.as_dict())

    @property
    def form(self) -> dict[str, Any]:
        data: dict[str, Any] = self.payload.data
        return data


def parse(encoded: bytes) -> Parameters:
    """Decode `application/x-www-form-urlencoded`. Raises invalid_request for NUL, bad UTF-8 and too many parameters."""
    if not encoded:
        return EMPTY
    fields = encoded.split(b"&")
    if len(fields) > MOST_PARAMETERS:
        cause = Cause("too_many_parameters", CHECK)
        raise InvalidRequestError(f"More than {MOST_PARAMETERS} parameters.", cause)
    pairs = []
    for part in fields:
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((_text(name), _text(value)))
    return Parameters(pairs)


def _text(encoded: bytes) -> str:
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequestError("A parameter is not valid UTF-8.", Cause("encoding", CHECK)) from None
    if "\0" in text:
        raise InvalidRequestError("A parameter holds a NUL character.", Cause("encoding", CHECK))
    return text
