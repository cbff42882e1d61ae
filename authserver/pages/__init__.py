"""PAGES: the doors for people. A new one is one package here, one folder of templates, and one line in the list."""

from flask import Blueprint

from authserver.pages.account.views import blueprint as account
from authserver.pages.authorize.views import blueprint as authorize
from authserver.pages.errors.views import blueprint as errors
from authserver.pages.home.views import blueprint as home
from authserver.pages.login.views import blueprint as login

PAGES: list[Blueprint] = [home, login, account, authorize, errors]
#: Pages that are members of the metadata document.
METADATA = {"authorization_endpoint": "/authorize"}
