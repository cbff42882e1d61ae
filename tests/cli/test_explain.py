"""`authserver explain`: one trace, as a checklist or as JSON."""

from authserver.cli.failures import NotFound
from authserver.composition import House
from tests.cli.conftest import Cli
from tests.rfc.conftest import party_at


def test_explain_shows_what_has_failed_and_how_to_fix_it(cli: Cli, app: object, house: House) -> None:
    rp = party_at(app)  # type: ignore[arg-type]
    reply = rp.authorize().redeem(code_verifier="w" * 50)
    house.server.traces.flush()
    trace_id = reply.headers["X-Request-Id"]

    done = cli("explain", trace_id, "-o", "json")
    assert done.code == 0
    assert done.json["error"] == "invalid_grant"
    assert done.json["cause"] == "pkce_mismatch"
    assert done.json["client_id"] == rp.client.client_id
    assert [check["passed"] for check in done.json["checks"]] == [True, True, True, True, False]
    assert set(done.json["checks"][-1]) == {"name", "passed", "says", "expected", "received"}

    done = cli("explain", trace_id)
    assert done.code == 0
    assert "pkce_mismatch" in done.out
    assert "Client authentication" in done.out
    assert "code_verifier" in done.err


def test_explain_of_a_trace_that_is_not_there(cli: Cli) -> None:
    done = cli("explain", "0123456789abcdef", "-o", "json")
    assert done.code == NotFound.exit_code
    assert done.out == ""
    assert "seven days" in done.err
