"""Errors with their own words on the error page."""

from werkzeug.exceptions import BadRequest, TooManyRequests


class Stale(BadRequest):
    """A page of an authorization that was answered, has expired, or belongs to another browser."""

    title = "This sign-in was open for too long"
    description = (
        "It was finished already, it has expired, or it was begun in another browser. "
        "Go back to the application and sign in from there again; nothing was lost or shared."
    )


class TooManyAttempts(TooManyRequests):
    """Try again in `wait` seconds."""

    title = "Too many attempts"

    def __init__(self, wait: int) -> None:
        super().__init__(f"Please try again in {in_words(wait)}.", retry_after=wait)


def in_words(seconds: int) -> str:
    """A waiting time for people."""
    return f"{seconds} seconds" if seconds <= 90 else f"{-(-seconds // 60)} minutes"
