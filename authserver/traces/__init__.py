"""How requests were checked: noted on the way, written in batches behind it, shown by /explain (decision 6).

On the way, anywhere in `oauth` or a page of an authorization:

    from authserver.traces import asked, of_client, of_grant, of_user, passed
    passed("PKCE", "S256")                          # a check that a request has passed; a tuple in a list, nothing else
    asked("Consent", "The person is asked.")        # what is still to come: neither passed nor failed
    of_client(client_id); of_user(user_id)          # whose request it is, once that is known

A check that fails is not noted by hand: the error carries it, beside its public text (`Cause`), and
whoever answers with the error notes it. Outside a traced request all of these do nothing.

What is stored (`models.traces.Trace.checks`), in the order of the checks, and what pages and the command line read:

    {"checks": [
        {"name": "Client", "passed": true, "says": "Example (web)"},
        {"name": "Redirect URI", "passed": false, "says": "Another path.",
         "expected": "https://app.example/callback", "received": "https://app.example/Callback"},
        {"name": "Consent", "passed": null, "says": "The person is asked."},
    ]}

`name` and `says` are plain English for developers; `passed` is true, false, or null for what is still to come;
`expected` and `received` stand there only where there is something to compare. At most one check has failed, the last
one of the order that counts. `Trace.error` is the code that the client got, None when all went well; `Trace.cause` is
the case of it, an anchor of /docs/errors/<error>. Nothing in it is secret, and every text is bounded.
"""

from authserver.traces.checks import Cause, asked, of_client, of_grant, of_user, passed, refused

__all__ = ["Cause", "asked", "of_client", "of_grant", "of_user", "passed", "refused"]
