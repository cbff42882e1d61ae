"""For how long an application may have access, where it can renew it by itself (C10)."""

from dataclasses import dataclass

from authserver import clock, languages
from authserver.settings import Settings

DAY = 86400
SHORTER = (30 * DAY, DAY)


@dataclass(frozen=True, slots=True)
class Duration:
    """So many seconds, from now until then."""

    seconds: int
    until: int

    @property
    def day(self) -> str:
        return languages.day(self.until)

    @property
    def text(self) -> str:
        return languages.gettext("%(duration)s, until %(day)s", duration=languages.duration(self.seconds), day=self.day)


def offered(settings: Settings) -> tuple[Duration, ...]:
    """As long as this server allows, and what is shorter than that."""
    longest, now = settings.refresh_absolute_ttl, clock.now()
    return tuple(Duration(ttl, now + ttl) for ttl in (longest, *(ttl for ttl in SHORTER if ttl < longest)))
