"""A protected API over HTTP: who is let in, and refusals by the book (RFC 6750, RFC 9457, rate headers)."""

import logging
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.resource_server import ConfigurationError, Protection
from tests.resource_server.asking import ask, problem
from tests.resource_server.conftest import Make, configuration
from tests.resource_server.fake_server import AUDIENCE, GOOD, FakeServer, claims, rate_limit

METADATA = 'resource_metadata="https://api.example/.well-known/oauth-protected-resource/realms"'


def test_a_good_credential_is_let_in_and_the_view_knows_whose(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(key_name="CI")
    answer = ask(api, "/realms").get_json()
    assert (answer["sub"], answer["use"]) == ("usr_ada", "api_key")
    assert answer["scopes"] == ["download:realms", "read:realms"]
    assert answer["claims"]["key_name"] == "CI"


@pytest.mark.parametrize("use", ["api_key", "access_token", "session_token"])
def test_all_three_kinds_of_credential_are_taken(api: FlaskClient, fake: FakeServer, use: str) -> None:
    fake.tokens[GOOD] = claims(token_use=use)
    assert ask(api, "/realms").get_json()["use"] == use


def test_rfc7662_the_question_names_token_cost_and_address(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    ask(api, "/realms", environ_base={"REMOTE_ADDR": "::ffff:192.0.2.7"})
    (asked,) = fake.asked
    assert (asked.method, asked.path, asked.basic) == ("POST", "/introspect", "api:s")
    assert asked.form == {"token": GOOD, "ip": "192.0.2.7", "cost": "1"}


# -- 401 ---------------------------------------------------------------------------------------------------------------


def test_rfc6750_s3_1_no_credential_is_401_without_an_error_code(api: FlaskClient, fake: FakeServer) -> None:
    answer = ask(api, "/realms", None)
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate") == [f'Bearer realm="RealmKit", {METADATA}']
    assert "error" not in problem(answer)
    assert fake.asked == []


@pytest.mark.parametrize("header", ["", "Basic YTpi", "DPoP abc", "Negotiate", "x"])
def test_another_scheme_is_401_without_an_error_code(api: FlaskClient, fake: FakeServer, header: str) -> None:
    for path in ("/realms", "/open"):  # and never a call without a credential
        answer = api.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert "error" not in answer.headers["WWW-Authenticate"]
    assert fake.asked == []


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer\tx", "Bearer a b", "Bearer a,Bearer b", "Bearer é"])
def test_a_malformed_token_is_401_invalid_token_and_nobody_is_asked(
    api: FlaskClient, fake: FakeServer, header: str
) -> None:
    for path in ("/realms", "/open"):
        answer = api.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert fake.asked == []


def test_rfc6750_s3_1_a_credential_that_is_not_good_is_401_invalid_token(api: FlaskClient, fake: FakeServer) -> None:
    answer = ask(api, "/realms", "unknown")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="RealmKit", error="invalid_token", error_desc')
    assert METADATA in answer.headers["WWW-Authenticate"]
    assert problem(answer)["error"] == "invalid_token"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_written_in_any_case(api: FlaskClient, fake: FakeServer, scheme: str) -> None:
    fake.tokens[GOOD] = claims()
    assert api.get("/realms", headers={"Authorization": f"{scheme} {GOOD}"}).status_code == 200


def test_AK8_a_credential_elsewhere_is_never_read(
    api: FlaskClient, fake: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    fake.tokens[GOOD] = claims()
    api.set_cookie("access_token", GOOD)
    with caplog.at_level(logging.DEBUG):
        answer = api.get(f"/realms?access_token={GOOD}&api_key={GOOD}", headers={"X-API-Key": GOOD})
    assert answer.status_code == 401
    assert fake.asked == []
    assert GOOD not in caplog.text


@pytest.mark.parametrize("changes", [{"token_type": "DPoP", "cnf": {"jkt": "x"}}, {"cnf": {"x5t#S256": "x"}}])
def test_rfc9449_s7_1_a_bound_token_is_not_taken_as_bearer(
    api: FlaskClient, fake: FakeServer, changes: dict[str, Any]
) -> None:
    fake.tokens[GOOD] = claims(**changes)
    assert ask(api, "/realms").status_code == 401


@pytest.mark.parametrize("aud", ["https://other.example", ["https://api.example"], [], None])
def test_a_credential_for_another_api_is_401(api: FlaskClient, fake: FakeServer, aud: Any) -> None:
    fake.tokens[GOOD] = claims(aud=aud)
    assert ask(api, "/realms").status_code == 401
    fake.tokens[GOOD] = claims(aud=AUDIENCE)
    assert ask(api, "/realms").status_code == 200


# -- 403 ---------------------------------------------------------------------------------------------------------------


def test_rfc6750_s3_1_a_missing_scope_is_403_and_is_named(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(rate_limit=rate_limit(remaining=7))
    answer = ask(api, "/both")
    assert answer.status_code == 403
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="read:realms write:realms"' in challenge  # what the request needs, RFC 6750 section 3
    document = problem(answer)
    assert document["missing_scopes"] == ["write:realms"]
    assert "write:realms" in document["detail"]
    assert "read:realms" not in document["detail"]
    assert answer.headers["X-RateLimit-Remaining"] == "7"


def test_scopes_are_compared_whole(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(scope="read:realms:all read:realm READ:REALMS")
    assert ask(api, "/realms").status_code == 403


def test_no_scope_asked_every_good_credential_passes(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(scope="")
    assert ask(api, "/anyone").text == "anyone"
    assert ask(api, "/anyone", "unknown").status_code == 401


# -- 429 ---------------------------------------------------------------------------------------------------------------


def test_RL1_every_answer_tells_the_limits_in_both_families(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(rate_limit=rate_limit(remaining=0))
    for path, status in (("/realms", 200), ("/teapot", 418)):
        answer = ask(api, path)
        assert answer.status_code == status  # the last one of the window passes
        assert answer.headers["RateLimit-Policy"] == '"standard";q=1000;w=3600'
        assert answer.headers["RateLimit"] in {f'"standard";r=0;t={left}' for left in (1740, 1739, 1738)}
        assert answer.headers["X-RateLimit-Limit"] == "1000"
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert abs(int(answer.headers["X-RateLimit-Reset"]) - time.time() - 1740) <= 3
        assert "Retry-After" not in answer.headers
        assert answer.vary.as_set() == {"authorization"}


def test_RL1_a_spent_quota_is_429_with_retry_after(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(rate_limit=rate_limit(remaining=0, exceeded=True))
    answer = ask(api, "/realms")
    assert answer.status_code == 429
    assert 1737 <= int(answer.headers["Retry-After"]) <= 1740
    assert int(answer.headers["Retry-After"]) >= int(answer.headers["RateLimit"].partition(";t=")[2])
    assert answer.headers["RateLimit-Policy"] == '"standard";q=1000;w=3600'
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert "WWW-Authenticate" not in answer.headers
    document = problem(answer)
    assert document["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert document["violated-policies"] == ["standard"]


def test_retry_after_is_never_0(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(rate_limit=rate_limit(remaining=0, exceeded=True, reset=0))
    assert ask(api, "/realms").headers["Retry-After"] == "1"


def test_a_missing_scope_is_told_before_a_spent_quota(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims(scope="", rate_limit=rate_limit(remaining=0, exceeded=True))
    assert ask(api, "/realms").status_code == 403  # waiting would not help


def test_without_rate_limit_in_the_answer_there_are_no_headers(api: FlaskClient, fake: FakeServer) -> None:
    fake.tokens[GOOD] = claims()
    assert not [name for name, _ in ask(api, "/realms").headers if "ratelimit" in name.lower()]


# -- 503 and the application -------------------------------------------------------------------------------------------


def test_without_an_authorization_server_nobody_is_let_in(api_with: Make) -> None:
    api = api_with(server="http://127.0.0.1:1")
    for path, token in (("/realms", GOOD), ("/open", None)):
        answer = ask(api, path, token)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "cannot be checked" in problem(answer)["detail"]


def test_a_protection_without_configuration_says_so() -> None:
    app, protection = Flask(__name__), Protection()
    app.add_url_rule("/", view_func=protection.requires()(lambda: "in"))
    app.testing = True
    with pytest.raises(RuntimeError, match="init_app"):
        app.test_client().get("/")
    protection.init_app(app := Flask(__name__), configuration("http://localhost:1"))
    with pytest.raises(RuntimeError, match="already"):
        protection.init_app(app, configuration("http://localhost:1"))


def test_an_application_alone_is_configured_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="RESOURCE_SERVER_"):
        Protection(Flask(__name__))
    stated = {"ISSUER": "https://auth.example", "CLIENT_ID": "a", "CLIENT_SECRET": "b", "AUDIENCE": AUDIENCE}
    for name, value in stated.items():
        monkeypatch.setenv(f"RESOURCE_SERVER_{name}", value)
    Protection(app := Flask(__name__))
    document = app.test_client().get("/.well-known/oauth-protected-resource/realms").get_json()
    assert document["authorization_servers"] == ["https://auth.example"]


def test_an_unguarded_view_knows_nobody(api: FlaskClient) -> None:
    api.application.testing = True
    with pytest.raises(RuntimeError, match="no credential was demanded"):
        ask(api, "/unguarded")


@pytest.mark.parametrize("scope", ["", "read:realms write:realms", 'a"b', "é"])
def test_what_is_no_name_of_a_scope_is_refused_at_the_decorator(scope: str) -> None:
    with pytest.raises(ValueError, match="not the name of one scope"):
        Protection().requires(scope)
    with pytest.raises(ValueError, match="cost"):
        Protection().requires("read:realms", cost=-1)


def test_rfc9728_s2_metadata_names_what_the_views_demand(api: FlaskClient) -> None:
    answer = api.get("/.well-known/oauth-protected-resource/realms")
    document = answer.get_json()
    assert document["resource"] == AUDIENCE
    assert document["scopes_supported"] == ["download:realms", "read:realms", "write:realms"][1:]
    assert document["bearer_methods_supported"] == ["header"]
    assert len(document["authorization_servers"]) == 1
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
