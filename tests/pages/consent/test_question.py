"""What the consent page says and lets people choose: its own rules C1-C12, and its headers."""

import re

from tests import state
from tests.pages.consent.asking import SCOPE, MakeAsking, look, text_of

OTHER = "https://evil.example/callback"


# -- what it says ------------------------------------------------------------------------------------------------------


def test_C1_C3_C4_names_the_application_the_destination_and_the_person(asking: MakeAsking) -> None:
    rp = asking(client_name="Tour & <b>Planner</b>", redirect_uris=["https://tours.example:8443/cb"])
    rp.authorize()
    shown = text_of(rp.page)
    assert "Tour &amp; &lt;b&gt;Planner&lt;/b&gt; wants access to your RealmKit account" in shown
    assert "You will be sent to tours.example:8443" in shown
    assert rp.user.email in shown
    assert "Not verified" in shown


def test_C5_scopes_stand_in_plain_words_under_their_kinds(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    shown = text_of(rp.page)
    order = [
        "About you", "Know who you are", "Read", "See your realms", "Change", "Create and change realms",
        "Delete", "Delete realms High risk", "When you are not here", "Keep access when you are not here",
    ]  # fmt: skip
    places = [shown.index(words) for words in order]
    assert places == sorted(places)


def test_C6_all_scopes_are_required_unless_the_client_lets_people_choose(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    assert "scope" not in rp.question.choices
    chooser = asking(allow_scope_deselect=True)
    chooser.authorize()
    assert set(chooser.question.choices["scope"]) == set(SCOPE.split()) - {"openid"}
    assert "delete:realms" not in chooser.question.values["scope"]  # dangerous ones begin unchecked
    assert "write:realms" in chooser.question.values["scope"]


def test_C6_what_was_unchecked_is_not_granted(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize()
    rp.consent("allow", scope=["profile"])
    assert rp.redeem().json["scope"] == "openid profile"


def test_C6_granting_nothing_is_a_denial(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope="read:realms write:realms")
    rp.consent("allow", scope=[])
    assert rp.answer["error"] == "access_denied"


def test_C6_openid_alone_leaves_nothing_to_choose_and_can_be_allowed(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope="openid")
    assert "scope" not in rp.question.choices
    rp.consent("allow")
    assert rp.redeem().json["scope"] == "openid"


def test_C7_what_the_user_cannot_grant_is_not_listed(asking: MakeAsking) -> None:
    rp, administrator = asking(scope="read:realms admin"), asking(scope="read:realms admin", admin=True)
    rp.authorize()
    administrator.authorize()
    assert ">admin</code>" not in rp.page
    assert ">admin</code>" in administrator.page
    rp.consent("allow")
    assert rp.redeem().json["scope"] == "read:realms"
    rp.authorize()
    assert rp.code  # all that this user can give was given: they are not asked again and again


def test_C8_a_return_visit_asks_only_for_what_is_new(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms")
    assert "New" not in text_of(rp.page).split()
    rp.consent("allow")
    rp.authorize(scope="openid read:realms write:realms")
    shown = text_of(rp.page)
    assert "You already allowed 2 permissions" in shown
    assert shown.index("Create and change realms New") < shown.index("You already allowed")
    assert "See your realms New" not in shown
    rp.consent("allow")
    assert rp.redeem().json["scope"] == "openid read:realms write:realms"


def test_C8_a_return_visit_with_choice_keeps_what_was_allowed_before(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope="openid delete:realms")
    rp.consent("allow", scope=["delete:realms"])
    rp.authorize(scope="openid delete:realms write:realms")
    assert set(rp.question.values["scope"]) == {"delete:realms", "write:realms"}
    rp.consent("allow")
    assert set(rp.redeem().json["scope"].split()) == {"openid", "delete:realms", "write:realms"}


def test_C8_the_same_or_fewer_skip_the_page_unless_the_client_asks_for_it(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms")
    rp.consent("allow")
    rp.authorize(scope="read:realms")
    assert rp.code
    rp.authorize(scope="read:realms", prompt="consent")
    assert "See your realms" in text_of(rp.page)
    assert "You already allowed" not in rp.page


def test_C8_what_was_unchecked_later_is_asked_again(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize(scope="openid read:realms write:realms").consent("allow")
    rp.authorize(scope="openid read:realms write:realms", prompt="consent").consent("allow", scope=["read:realms"])
    assert rp.redeem().json["scope"] == "openid read:realms"
    rp.authorize(scope="openid read:realms")
    assert rp.code
    rp.authorize(scope="openid read:realms write:realms")
    assert rp.at == "/consent"


def test_C10_the_end_of_access_is_named_when_there_is_a_refresh_token(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid offline_access")
    assert "Access ends on" in text_of(rp.page)
    rp.authorize(scope="openid")
    assert "Access ends on" not in text_of(rp.page)


def test_C12_links_lead_to_web_pages_with_their_host(asking: MakeAsking) -> None:
    rp = asking(policy_uri="https://legal.example/privacy")
    rp.authorize()
    assert 'href="https://legal.example/privacy"' in rp.page
    assert "legal.example" in text_of(rp.page)


def test_C9_access_without_the_person_is_said_with_its_duration(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid offline_access")
    assert "Keep access when you are not here, for up to 180 days" in text_of(rp.page)


def test_C11_says_what_the_app_will_not_get(asking: MakeAsking) -> None:
    rp = asking(client_name="Tour Planner")
    rp.authorize()
    assert "Tour Planner does not get your password, your other apps, or anything that is not" in text_of(rp.page)


def test_C13_says_where_it_can_be_taken_back(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    assert "You can take this back at any time in Connected apps" in text_of(rp.page)
    assert 'href="/account/apps"' in rp.page


def test_C13_says_why_the_person_is_asked(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms")
    assert "You are asked because this is the first time." in text_of(rp.page)
    rp.consent("allow")
    rp.authorize(scope="openid read:realms write:realms")
    assert "because the app wants more than you have allowed before." in text_of(rp.page)
    rp.authorize(scope="openid read:realms", prompt="consent")
    assert "because the app wants you to look at it again." in text_of(rp.page)


def test_C14_both_buttons_are_of_one_kind_and_size(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    pair = rp.page.partition('<div class="pair">')[2].partition("</div>")[0]
    assert re.findall(r'<button class="button(?: primary)?" name="decision" value="(\w+)"', pair) == ["allow", "deny"]
    # Of all buttons of a form, wherever they stand, the Enter key presses the first: after the password it is Allow.
    assert 'form="consent"' not in rp.page.partition('name="decision"')[0]


def test_C16_allow_is_guarded_against_a_click_that_was_meant_for_something_else(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    assert "/static/guard.js" in rp.page
    assert re.findall(r"<button[^>]*data-guard>(\w+)", rp.page) == ["Allow"]


def test_C18_an_app_on_this_computer_is_asked_for_like_any_other(asking: MakeAsking) -> None:
    rp = asking(type="native", redirect_uris=["http://127.0.0.1/cb"])
    rp.authorize(scope="openid read:realms", redirect_uri="http://127.0.0.1:51234/cb")
    assert "Not verified" in text_of(rp.page)
    rp.consent("allow")
    assert rp.code
    rp.authorize(scope="openid read:realms", redirect_uri="http://127.0.0.1:51234/cb")
    assert rp.code  # asked once, as on the web
    rp.authorize(scope="openid write:realms", redirect_uri="http://127.0.0.1:51234/cb")
    assert rp.at == "/consent"


def test_C20_prompt_none_is_consent_required_without_a_page(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize(scope="openid read:realms", prompt="none")
    assert rp.answer["error"] == "consent_required"
    rp.authorize(scope="openid read:realms").consent("allow")
    rp.authorize(scope="openid read:realms", prompt="none")
    assert rp.code
    rp.authorize(scope="openid write:realms", prompt="none")
    assert rp.answer["error"] == "consent_required"


# -- headers -----------------------------------------------------------------------------------------------------------


def test_decision_12_the_page_has_no_form_action_and_is_not_stored(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    assert rp.reply is not None
    policy = rp.reply.headers["Content-Security-Policy"]
    assert "form-action" not in policy
    assert "frame-ancestors 'none'" in policy
    assert rp.reply.headers["Cache-Control"] == "no-store"


def test_looking_changes_nothing(asking: MakeAsking) -> None:
    rp = asking()
    rp.authorize()
    before = state.of(rp.house.database)
    assert look(rp, rp.req).status_code == 200
    assert state.of(rp.house.database) == before


def test_a_stale_form_keeps_what_was_unchecked(asking: MakeAsking) -> None:
    rp = asking(allow_scope_deselect=True)
    rp.authorize()
    rp._submit("/consent", {"decision": "allow", "scope": ["profile"], "csrf_token": "old"})
    assert rp.reply is not None
    assert rp.reply.status_code == 400
    assert rp.question.values["scope"] == ["profile"]
    rp.consent("allow")
    assert rp.redeem().json["scope"] == "openid profile"
