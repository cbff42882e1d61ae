"""`/docs/errors`: a page for every error code, an anchor for every case, nothing of the one who asks."""

import pytest
from flask.testing import FlaskClient

from authserver.oauth import catalogue
from authserver.oauth.catalogue import Entry


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.code)
def test_every_code_has_its_page_with_cases_and_specification(http: FlaskClient, entry: Entry) -> None:
    page = http.get(f"/docs/errors/{entry.code}")
    assert page.status_code == 200
    assert f'href="{entry.section.url}"' in page.text
    assert entry.who in page.text
    for case in entry.cases:
        assert page.text.count(f'id="{case.anchor}"') == 1
        assert case.section is None or f'href="{case.section.url}"' in page.text


def test_the_list_leads_to_every_page(http: FlaskClient) -> None:
    page = http.get("/docs/errors").text
    assert all(f'href="/docs/errors/{entry.code}"' in page for entry in catalogue.ENTRIES)


@pytest.mark.parametrize("code", ["nothing", "invalid_grant%23code_expired", "%3Cscript%3E", "INVALID_GRANT"])
def test_an_unknown_code_is_no_page(http: FlaskClient, code: str) -> None:
    page = http.get(f"/docs/errors/{code}")
    assert page.status_code == 404
    assert "<script>" not in page.text
