"""The profile page: all that the account is, and the forms that change it."""

from flask import render_template

from authserver import languages
from authserver.accounts.about import told_by
from authserver.browser import identity
from authserver.languages import gettext as _
from authserver.languages import ngettext
from authserver.models import tiers
from authserver.pages.account.forms import AboutForm, EmailForm, ProfileForm, email_form

HOUR = 3600


def page(*, form: ProfileForm | None = None, about: AboutForm | None = None, email: EmailForm | None = None) -> str:
    """With the form that was sent, if one was."""
    user = identity.account()
    return render_template(
        "account/profile.html",
        form=form or ProfileForm(formdata=None, obj=user),
        about_form=about or AboutForm(formdata=None, data=told_by(user)),
        email_form=email or email_form(formdata=None),
        limit=_limit(user.tier),
    )


def _limit(name: str) -> str:
    """What the account's tier lets it do, in words."""
    tier = tiers.find(name)
    if tier is None:
        return name
    facts = {"tier": _named(name), "number": languages.figure(tier.limit), "time": languages.duration(tier.window)}
    if tier.window == HOUR:
        return ngettext(
            "%(tier)s: %(number)s request to APIs an hour",
            "%(tier)s: %(number)s requests to APIs an hour",
            tier.limit,
            **facts,
        )
    return ngettext(
        "%(tier)s: %(number)s request to APIs in %(time)s",
        "%(tier)s: %(number)s requests to APIs in %(time)s",
        tier.limit,
        **facts,
    )


def _named(tier: str) -> str:
    """The names that are shipped have translations; others are shown as the administrator wrote them."""
    return {"standard": _("Standard"), "premium": _("Premium"), "anonymous": _("Anonymous")}.get(tier, tier)
