"""What a scope lets an application do, in the language of the reader: the texts that are shipped have translations."""

from dataclasses import replace

from authserver.languages import gettext, lazy
from authserver.models.scopes import Scope

#: As the first migration writes them into the table. An administrator's own text is shown as it was written.
SHIPPED = (
    lazy("Know who you are"),
    lazy("See your name and user name"),
    lazy("See your e-mail address"),
    lazy("Keep access when you are not here"),
    lazy("See your realms"),
    lazy("Download your realms"),
    lazy("Create and change realms"),
    lazy("Delete realms"),
    lazy("See statistics"),
    lazy("See your profile"),
    lazy("Change your profile"),
    lazy("Manage your applications and keys"),
    lazy("Administer this server"),
)


def described(scope: Scope) -> Scope:
    """The same scope, described for whoever reads it."""
    return replace(scope, description=gettext(scope.description))
