"""The end of this browser's session, and what the page then loads so that applications end theirs."""

from authserver.accounts import sessions
from authserver.browser import headers, identity
from authserver.browser.server import settings
from authserver.oauth.oidc import front_channel
from authserver.oauth.oidc.front_channel import Frame


def sign_out() -> tuple[Frame, ...]:
    """Nobody is signed in from this answer on. The frames that it must hold, allowed for it alone."""
    signed_in = identity.signed_in()
    if signed_in is None:
        identity.leave()
        return ()
    sid, user_id = signed_in.session.sid, signed_in.user.id
    frames = front_channel.of_session(sid, user_id=user_id, issuer=settings().issuer)
    sessions.end(signed_in, visitor=identity.visitor())
    identity.leave()
    headers.framing(frame.origin for frame in frames)
    return frames
