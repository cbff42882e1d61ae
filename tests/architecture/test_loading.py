"""What is loaded when: heavy and optional packages only where they are used (decisions 37 and 39)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

OPTIONAL = {"alembic", "flask_migrate", "psycopg", "webauthn", "segno", "structlog", "prometheus_client", "redis"}
APPLICATION = {"flask", "sqlalchemy", "authlib", "joserfc", "pydantic", "werkzeug", "jinja2", "argon2"}

TELL = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def loaded(program: str, **environ: str) -> set[str]:
    """The top-level packages that a new process has loaded after this program."""
    call = [sys.executable, "-c", f"{program}\n{TELL}"]
    result = subprocess.run(call, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_decision_39_an_application_on_sqlite_loads_nothing_optional(tmp_path: Path) -> None:
    directories = {"AUTHSERVER_DATA_DIR": str(tmp_path / "var"), "AUTHSERVER_KEYS_DIR": str(tmp_path / "keys")}
    (tmp_path / "var").mkdir()
    start = "from authserver.factory import create_app\ncreate_app()"
    assert "alembic" in loaded(start, **directories)  # the first start makes the tables
    packages = loaded(start, **directories)
    assert "flask" in packages
    assert packages & OPTIONAL == set()


@pytest.mark.parametrize("module", ["authserver", "authserver.factory"])
def test_decision_37_the_parent_of_the_workers_loads_no_application(module: str) -> None:
    assert loaded(f"import {module}") & APPLICATION == set()
