"""The gateway takes whatever a proxy passes on: never a 5xx, and always the whole identity, never a forged one."""

import re

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateways.asking import AUTH, IDENTITY

OURS = re.compile(r"/gateway/auth(;[^/]+)?(/.*)?", re.DOTALL)
LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)
SCHEMES = st.sampled_from(["", "Bearer ", "bearer  ", "DPoP ", "Basic ", "Bearer rk_live_", "Bearer ey", "Bearer at_"])
NAMES = st.sampled_from(["scope", "environment", "audience", "anonymous", "limit_status", "x"])
VALUES = st.sampled_from(["read:realms", "live", "allow", "403", "%00", "%ff", "", "%2B", "a%20b", "\u00e9", "%"])
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=5)
PATHS = st.builds("{}{}".format, st.sampled_from([AUTH, f"{AUTH}/", f"{AUTH};"]), LATIN)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scheme=SCHEMES, credential=LATIN, key=st.none() | LATIN, pairs=PAIRS, path=PATHS)
def test_any_request_is_answered(
    app: Flask, scheme: str, credential: str, key: str | None, pairs: list[tuple[str, str]], path: str
) -> None:
    headers = {"Authorization": scheme + credential, "X-Auth-Request-User": "forged", "X-Auth-Request-Tier": "forged"}
    if key is not None:
        headers["X-API-Key"] = key
    query = "&".join(f"{name}={value}" for name, value in pairs).encode().decode("latin-1")
    where = {"PATH_INFO": path, "QUERY_STRING": query}
    answer = app.test_client().open(AUTH, headers=headers, environ_overrides=where)
    if not OURS.fullmatch(path):  # such as /gateway/auth;
        assert 400 <= answer.status_code < 500
        return
    assert answer.status_code in {200, 400, 401, 403, 429}
    assert len({name.lower() for name, _ in answer.headers if name.startswith("X-Auth-Request-")}) == len(IDENTITY)
    assert "forged" not in str(answer.headers)
