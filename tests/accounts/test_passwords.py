"""Passwords below HTTP: LG9, and hashes that grow with the settings."""

import threading
import time

import pytest
from flask import Flask

from authserver.accounts import authentication, passwords
from authserver.models import users
from tests.pages.people import PASSWORD, commit, person, settings_of, visitor


def test_hash_is_argon2id_with_the_parameters_of_the_settings(app: Flask) -> None:
    settings = settings_of(app)
    assert passwords.hashed(settings, PASSWORD).startswith(f"$argon2id$v=19$m={settings.password_memory},t=2,p=1$")


@pytest.mark.parametrize(
    "password", ["x" * 7, "password1", "PASSWORD1", "12345678", "a\nbcdefgh", "\ud800bcdefgh", "x" * 1025, "é" * 513]
)
def test_LG9_refused(password: str) -> None:
    with pytest.raises(passwords.Unacceptable):
        passwords.check(password)


@pytest.mark.parametrize("password", ["ada-lovelace", "ADA-Lovelace", "ada@people.test", "ada-lovelace "])
def test_own_names_are_refused(password: str) -> None:
    with pytest.raises(passwords.Unacceptable):
        passwords.check(password, own_names=("ada@people.test", "ada-lovelace"))


@pytest.mark.parametrize(
    "password",
    ["eight ch", "a" * 30 + " ", "no digits here at all", "x" * 1024, "密码密码密码密码", "🐎🔋📎🐎🔋📎🐎🔋"],
)
def test_LG9_accepted_without_rules_of_composition(app: Flask, password: str) -> None:
    passwords.check(password)
    settings = settings_of(app)
    kept = passwords.hashed(settings, password)
    assert passwords.verify(settings, password, kept)
    assert not passwords.verify(settings, password[:-1], kept)


def test_LG9_a_megabyte_is_refused_unhashed(app: Flask) -> None:
    settings, huge = settings_of(app), "x" * 1_000_000
    kept = passwords.hashed(settings, PASSWORD)
    begun = time.perf_counter()
    with pytest.raises(passwords.Unacceptable):
        passwords.check(huge)
    assert not passwords.verify(settings, huge, kept)
    assert time.perf_counter() - begun < 0.05


def test_the_same_letters_composed_differently_are_one_password(app: Flask) -> None:
    settings = settings_of(app)
    assert passwords.verify(settings, "cafe\u0301 au lait", passwords.hashed(settings, "caf\u00e9 au lait"))


def test_no_hash_or_a_broken_one_is_never_right(app: Flask) -> None:
    settings = settings_of(app)
    assert not passwords.verify(settings, PASSWORD, None)
    assert not passwords.verify(settings, PASSWORD, "")
    assert not passwords.verify(settings, PASSWORD, "$argon2id$broken")


def test_hash_is_renewed_at_the_next_login_when_parameters_have_changed(app: Flask) -> None:
    ada = person(app)
    heavier = settings_of(app).model_copy(update={"password_memory": 9216})
    commit(
        app,
        lambda: authentication.authenticate(heavier, login=ada.username, password=PASSWORD, visitor=visitor()),
    )
    renewed = commit(app, lambda: users.find(ada.id))
    assert renewed is not None
    assert "m=9216" in (renewed.password_hash or "")
    assert passwords.verify(settings_of(app), PASSWORD, renewed.password_hash)


def test_hashing_is_bounded_and_gives_up_in_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    with passwords._slot(), pytest.raises(passwords.Busy):
        passwords.hashed(settings_of(app), PASSWORD)
    assert passwords.hashed(settings_of(app), PASSWORD)
