"""The texts of all mail, each in the language that is spoken when it is written: `with speaking(user.locale)`.

They hold nothing that a stranger has typed: sign-up would otherwise send anybody's words. The one exception is the name
of an application that the reader has let in. A subject is one line of at most 200 characters, the longest brand included.
"""

from dataclasses import dataclass

from authserver.languages import gettext as _


@dataclass(frozen=True, slots=True)
class Message:
    """A plain-text mail without its recipient."""

    subject: str
    body: str


def confirm_address(*, brand: str, url: str) -> Message:
    """The link at which a new account starts."""
    return Message(
        _("%(brand)s: confirm your address", brand=brand),
        _(
            """Welcome to %(brand)s.

Open this link to confirm your address and to activate your account. It works once, for 24 hours:

%(url)s

You did not sign up? Then ignore this mail: without the link there is no account.
""",
            brand=brand,
            url=url,
        ),
    )


def address_taken(*, brand: str, url: str) -> Message:
    """Sign-up with an address that has an account already."""
    return Message(
        _("%(brand)s: you have an account already", brand=brand),
        _(
            """Somebody, probably you, wanted to sign up at %(brand)s with this address. It has an account already.

Forgot the password? With this link you choose a new one. It works once, for one hour:

%(url)s

Otherwise ignore this mail: nothing has changed.
""",
            brand=brand,
            url=url,
        ),
    )


def username_taken(*, brand: str, url: str) -> Message:
    """Sign-up with a user name that somebody else has."""
    return Message(
        _("%(brand)s: please choose another user name", brand=brand),
        _(
            """Thank you for signing up at %(brand)s. The user name that was chosen belongs to somebody else.

Please sign up again, with another user name:

%(url)s
""",
            brand=brand,
            url=url,
        ),
    )


def reset_password(*, brand: str, url: str) -> Message:
    """The link at which a new password is chosen."""
    return Message(
        _("%(brand)s: choose a new password", brand=brand),
        _(
            """Somebody, probably you, asked for a new password at %(brand)s.

With this link you choose it. It works once, for one hour. All sessions will be signed out:

%(url)s

It was not you? Then ignore this mail: your password stays as it is.
""",
            brand=brand,
            url=url,
        ),
    )


def password_changed(*, brand: str, url: str) -> Message:
    """Tells the owner after the fact."""
    return Message(
        _("%(brand)s: your password was changed", brand=brand),
        _(
            """The password of your account at %(brand)s was changed.
Other sessions were signed out, and connected apps must ask again.

It was not you? Then choose a new password at once:

%(url)s
""",
            brand=brand,
            url=url,
        ),
    )


def confirm_new_address(*, brand: str, url: str) -> Message:
    """The link at which an address begins to count for an account that is there."""
    return Message(
        _("%(brand)s: confirm your new address", brand=brand),
        _(
            """Open this link to use this address for your account at %(brand)s. It works once, for 24 hours:

%(url)s

You did not ask for it? Then ignore this mail: nothing changes without the link.
""",
            brand=brand,
            url=url,
        ),
    )


def address_in_use(*, brand: str) -> Message:
    """Somebody with an account wants an address that belongs to another one: tells that one."""
    return Message(
        _("%(brand)s: your address belongs to an account already", brand=brand),
        _(
            """Somebody with another account at %(brand)s, probably you, asked to use this address there.
It belongs to your account here, and an address can belong to one account only.

Otherwise ignore this mail: nothing has changed.
""",
            brand=brand,
        ),
    )


def address_to_change(*, brand: str, address: str, url: str) -> Message:
    """Tells the present address, before anything has changed. `address`: the new one, chosen with the password."""
    return Message(
        _("%(brand)s: your address is about to change", brand=brand),
        _(
            """Somebody, probably you, asked to change the address of your account at %(brand)s to this one:

  %(address)s

It changes once the link that we sent there has been opened. Nothing has changed yet.

It was not you? Then choose a new password now; that stops it, and signs everybody else out:

%(url)s
""",
            brand=brand,
            address=address,
            url=url,
        ),
    )


def address_changed(*, brand: str, address: str) -> Message:
    """Tells the former address, after the fact."""
    return Message(
        _("%(brand)s: your address was changed", brand=brand),
        _(
            """The address of your account at %(brand)s is now this one:

  %(address)s

Mail about your account is no longer sent here. It was not you? Then write to the administrator at once.
""",
            brand=brand,
            address=address,
        ),
    )


def key_revoked(*, brand: str, key: str, url: str) -> Message:
    """An administrator has ended a key: tells its owner. `key` is the owner's name for it, and its end."""
    return Message(
        _("%(brand)s: an API key of yours was revoked", brand=brand),
        _(
            """An API key of yours at %(brand)s has stopped working:

%(key)s

An administrator has revoked it. What it was used for, and when, stands here; there you can also create a new one:

%(url)s
""",
            brand=brand,
            key=key,
            url=url,
        ),
    )


def key_rotated(*, brand: str, key: str, url: str) -> Message:
    """Somebody else has made the successor of a key, and has seen it."""
    return Message(
        _("%(brand)s: an API key of yours was replaced", brand=brand),
        _(
            """An administrator of %(brand)s has replaced an API key of yours by a new one:

%(key)s

When the old one ends, and what became of it, stands here:

%(url)s
""",
            brand=brand,
            key=key,
            url=url,
        ),
    )


def key_leaked(*, brand: str, key: str, url: str) -> Message:
    """A key was found where everybody can read it."""
    return Message(
        _("%(brand)s: an API key of yours was public and has been revoked", brand=brand),
        _(
            """An API key of yours at %(brand)s was found in a public place. It has stopped working, so nobody can misuse it:

%(key)s

Look here whether it was used by others, and create a new key for what has stopped working now:

%(url)s

Remove the old key from where it lay. Whoever has read it can do nothing with it any more.
""",
            brand=brand,
            key=key,
            url=url,
        ),
    )


def key_ends_soon(*, brand: str, key: str, when: str, url: str) -> Message:
    """One week before the end of a key. `when` in words, of the same language."""
    return Message(
        _("%(brand)s: an API key of yours ends soon", brand=brand),
        _(
            """An API key of yours at %(brand)s stops working on %(when)s:

%(key)s

Rotate it here before that; the old one can go on working for a while beside the new one:

%(url)s

It is not needed any more? Then there is nothing to do.
""",
            brand=brand,
            key=key,
            when=when,
            url=url,
        ),
    )


def app_connected(*, brand: str, app: str, place: str, permissions: str, url: str) -> Message:
    """An application was let in, or may do more than before. `app` is the name of one that the reader has just allowed."""
    return Message(
        _("%(brand)s: %(app)s was connected to your account", brand=brand, app=app),
        _(
            """%(app)s was connected to your account at %(brand)s. It leads to %(place)s, and may do this:

%(permissions)s

It was you, and you still want it? Then there is nothing to do.

Otherwise end its access with this link. It works once, for 7 days, and you need not sign in:

%(url)s

If it was not you who allowed it, choose a new password as well.
""",
            brand=brand,
            app=app,
            place=place,
            permissions=permissions,
            url=url,
        ),
    )
