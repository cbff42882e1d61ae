"""What a scope lets an application do, in the language of the reader: the texts that are shipped have translations."""

from dataclasses import replace

from authserver.languages import gettext, lazy
from authserver.models.scopes import Scope

#: As the migrations write them into the table. An administrator's own text is shown as it was written.
SHIPPED = (
    lazy("Know who you are"),
    lazy("See your name, user name and what else you tell in your profile"),
    lazy("See your e-mail address"),
    lazy("See your postal address"),
    lazy("See your telephone number"),
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
#: What is shipped no more, as rows have it, and what the scope lets an application do now.
REWORDED = {"See your name and user name": "See your name, user name and what else you tell in your profile"}


def described(scope: Scope) -> Scope:
    """The same scope, described for whoever reads it."""
    return replace(scope, description=gettext(REWORDED.get(scope.description, scope.description)))
