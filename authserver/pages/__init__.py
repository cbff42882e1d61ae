"""PAGES: the doors for people. A new one is one package here, one folder of templates, and one line in the list."""

from flask import Blueprint

from authserver.pages.account.views import blueprint as account
from authserver.pages.admin.views import blueprint as admin
from authserver.pages.authorize.views import blueprint as authorize
from authserver.pages.brand.views import blueprint as brand
from authserver.pages.connected_apps.views import blueprint as connected_apps
from authserver.pages.consent.views import blueprint as consent
from authserver.pages.device.views import blueprint as device
from authserver.pages.docs.views import blueprint as docs
from authserver.pages.end_session.views import blueprint as end_session
from authserver.pages.errors.views import blueprint as errors
from authserver.pages.explain.views import blueprint as explain
from authserver.pages.home.views import blueprint as home
from authserver.pages.language.views import blueprint as language
from authserver.pages.login.views import blueprint as login
from authserver.pages.playground.views import blueprint as playground
from authserver.pages.settings.views import blueprint as settings

PAGES: list[Blueprint] = [
    home,
    login,
    account,
    connected_apps,
    authorize,
    end_session,
    consent,
    device,
    settings,
    playground,
    explain,
    admin,
    docs,
    errors,
    language,
    brand,
]
#: Pages that are members of the metadata document.
METADATA = {"authorization_endpoint": "/authorize", "end_session_endpoint": "/end_session"}
