"""Rotating and retiring the keys that sign tokens: pages and command line do it through here."""

from dataclasses import dataclass

from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.keyring.keyring import Keyring


class RotatedMeanwhile(Exception):
    """Another process was first; its key is as good (FT7)."""

    def __init__(self, alg: str) -> None:
        super().__init__(f"Another process has just rotated {alg}.")


class UnknownKey(Exception):
    """There is no such key."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"There is no signing key {kid}.")


@dataclass(frozen=True, slots=True)
class Retirement:
    """What has become of a key: whether it was in use until now, and the successor that a current one got."""

    alg: str
    ended: bool
    successor: str | None


def rotate(
    keyring: Keyring, algorithms: tuple[str, ...], *, now: bool, actor: str, address: str | None = None
) -> list[str]:
    """The kids of the next keys, one an algorithm; `now` without the wait for caches. Raises RotatedMeanwhile."""
    return [_rotated(keyring, alg, now=now, actor=actor, address=address) for alg in algorithms]


def retire(keyring: Keyring, kid: str, *, actor: str, address: str | None = None) -> Retirement:
    """Withdraw a key and all that it signed, at once; a current one gets a successor first.

    Raises UnknownKey, RotatedMeanwhile.
    """
    found = {row.kid: (row.alg, state) for row, state in keyring.states()}
    if kid not in found:
        raise UnknownKey(kid)
    alg, state = found[kid]
    successor = _rotated(keyring, alg, now=True, actor=actor, address=address) if state == "current" else None
    ended = keyring.retire(kid)
    if ended:
        record(Tag.SIGNING_KEY_RETIRED, actor=actor, address=address, kid=kid, alg=alg)
    return Retirement(alg, ended, successor)


def _rotated(keyring: Keyring, alg: str, *, now: bool, actor: str, address: str | None) -> str:
    kid = keyring.rotate(alg, now=now)
    if kid is None:
        raise RotatedMeanwhile(alg)
    record(Tag.SIGNING_KEY_ROTATED, actor=actor, address=address, kid=kid, alg=alg, now=now)
    return kid
