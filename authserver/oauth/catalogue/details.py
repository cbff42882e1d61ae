"""Errors of what is asked for beyond scopes: authentication levels, and details of an authorization (RFC 9396)."""

from authserver.oauth.catalogue.entry import DEVELOPER, PERSON, Case, Entry, Section, rfc

_UNMET = Section(
    "OpenID Connect Core Error Code unmet_authentication_requirements 1.0, section 2",
    "https://openid.net/specs/openid-connect-unmet-authentication-requirements-1_0.html",
)

ENTRIES = (
    Entry(
        "unmet_authentication_requirements",
        "The request demands a way of signing in that is not possible here. Asking again does not help.",
        DEVELOPER,
        _UNMET,
        (
            Case(
                "acr_unreachable",
                "The claims parameter has acr as an essential claim, with values of which none can be reached here.",
                "Ask for a value of acr_values_supported in the metadata of this server, or leave essential out.",
                _UNMET,
            ),
        ),
    ),
    Entry(
        "insufficient_user_authentication",
        "The token is good, but the person has signed in too long ago for this call, or not strongly enough.",
        PERSON,
        rfc(9470, "3"),
        (
            Case(
                "acr_insufficient",
                "The authentication level (acr) behind the token is none of those that the call needs.",
                "Begin a new authorization with the acr_values that the answer names.",
                rfc(9470, "4"),
            ),
            Case(
                "sign_in_too_old_for_the_call",
                "The person has signed in longer ago than the call allows, or it is not known when.",
                "Begin a new authorization with the max_age that the answer names.",
                rfc(9470, "4"),
            ),
        ),
    ),
    Entry(
        "invalid_authorization_details",
        "The parameter authorization_details cannot be taken: nothing of the request was granted.",
        DEVELOPER,
        rfc(9396, "5"),
        (
            Case(
                "details_malformed",
                "It is not a list of JSON objects with a type each, a common member is of another kind than it must "
                "be, or it is longer than a person would read.",
                "Send a JSON array of at most 10 objects. locations, actions, datatypes and privileges are lists of "
                "strings, identifier is a string.",
                rfc(9396, "2.2"),
            ),
            Case(
                "details_type_unknown",
                "No resource server is registered for this type.",
                "Send a type of authorization_details_types_supported in the metadata of this server.",
                rfc(9396, "5"),
            ),
            Case(
                "details_type_not_allowed",
                "The application is not registered for this type.",
                "Add the type to authorization_details_types of the application.",
                rfc(9396, "10"),
            ),
            Case(
                "details_unfit",
                "A member is not one of those that the type has, or has a value that it cannot have.",
                "Look at the documents of the API that the type belongs to.",
                rfc(9396, "5"),
            ),
            Case(
                "details_not_granted",
                "More is asked for than was granted before.",
                "Send the same details, or fewer values in their lists; for more, begin a new authorization.",
                rfc(9396, "6.1"),
            ),
            Case(
                "details_not_here",
                "authorization_details were sent where they cannot be taken.",
                "Use the authorization code flow for them.",
                rfc(9396, "3"),
            ),
        ),
    ),
)
