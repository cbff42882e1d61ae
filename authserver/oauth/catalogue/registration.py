"""Errors of dynamic registration (RFC 7591 section 3.2.2)."""

from authserver.oauth.catalogue.entry import DEVELOPER, OPERATOR, Case, Entry, rfc

_ERRORS = rfc(7591, "3.2.2")

ENTRIES = (
    Entry(
        "invalid_software_statement",
        "The software statement of a registration cannot be believed; the answer says why.",
        DEVELOPER,
        _ERRORS,
        (
            Case(
                "software_statement",
                "Its form, its signature, its times or its audience is not right.",
                "Get a new one from whoever signs it, and send it as it is.",
                rfc(7591, "2.3"),
            ),
        ),
    ),
    Entry(
        "unapproved_software_statement",
        "Whoever has signed the software statement is not trusted here.",
        OPERATOR,
        _ERRORS,
    ),
)
