"""The texts of all mail. They hold nothing that a stranger has typed: sign-up would otherwise send anybody's words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """A plain-text mail without its recipient."""

    subject: str
    body: str


def confirm_address(*, brand: str, url: str) -> Message:
    """The link at which a new account starts."""
    return Message(
        f"{brand}: confirm your address",
        f"""Welcome to {brand}.

Open this link to confirm your address and to activate your account. It works once, for 24 hours:

{url}

You did not sign up? Then ignore this mail: without the link there is no account.
""",
    )


def address_taken(*, brand: str, url: str) -> Message:
    """Sign-up with an address that has an account already."""
    return Message(
        f"{brand}: you have an account already",
        f"""Somebody, probably you, wanted to sign up at {brand} with this address. It has an account already.

Forgot the password? With this link you choose a new one. It works once, for one hour:

{url}

Otherwise ignore this mail: nothing has changed.
""",
    )


def username_taken(*, brand: str, url: str) -> Message:
    """Sign-up with a user name that somebody else has."""
    return Message(
        f"{brand}: please choose another user name",
        f"""Thank you for signing up at {brand}. The user name that was chosen belongs to somebody else.

Please sign up again, with another user name:

{url}
""",
    )


def reset_password(*, brand: str, url: str) -> Message:
    """The link at which a new password is chosen."""
    return Message(
        f"{brand}: choose a new password",
        f"""Somebody, probably you, asked for a new password at {brand}.

With this link you choose it. It works once, for one hour. All sessions will be signed out:

{url}

It was not you? Then ignore this mail: your password stays as it is.
""",
    )


def password_changed(*, brand: str, url: str) -> Message:
    """Tells the owner after the fact."""
    return Message(
        f"{brand}: your password was changed",
        f"""The password of your account at {brand} was changed.
Other sessions were signed out, and connected apps must ask again.

It was not you? Then choose a new password at once:

{url}
""",
    )


def key_revoked(*, brand: str, key: str, why: str, url: str) -> Message:
    """Somebody else has ended a key: tells its owner. `key` is the owner's name for it, and its end."""
    return Message(
        f"{brand}: an API key of yours was revoked",
        f"""An API key of yours at {brand} has stopped working:

{key}

{why} What it was used for, and when, stands here; there you can also create a new one:

{url}
""",
    )


def key_rotated(*, brand: str, key: str, url: str) -> Message:
    """Somebody else has made the successor of a key, and has seen it."""
    return Message(
        f"{brand}: an API key of yours was replaced",
        f"""An administrator of {brand} has replaced an API key of yours by a new one:

{key}

When the old one ends, and what became of it, stands here:

{url}
""",
    )


def key_leaked(*, brand: str, key: str, url: str) -> Message:
    """A key was found where everybody can read it."""
    return Message(
        f"{brand}: an API key of yours was public and has been revoked",
        f"""An API key of yours at {brand} was found in a public place. It has stopped working, so nobody can misuse it:

{key}

Look here whether it was used by others, and create a new key for what has stopped working now:

{url}

Remove the old key from where it lay. Whoever has read it can do nothing with it any more.
""",
    )


def key_ends_soon(*, brand: str, key: str, when: str, url: str) -> Message:
    """One week before the end of a key."""
    return Message(
        f"{brand}: an API key of yours ends soon",
        f"""An API key of yours at {brand} stops working on {when}:

{key}

Rotate it here before that; the old one can go on working for a while beside the new one:

{url}

It is not needed any more? Then there is nothing to do.
""",
    )
