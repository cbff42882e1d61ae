"""How an application of the tests ends: nothing of it works on behind their backs."""

from flask import Flask

from authserver.outbox import rounds


def end(app: Flask) -> None:
    """Stop what delivers, write what is noted, and give the connections back."""
    database = app.extensions["authserver.house"].database
    rounds.stop(database)  # its threads would open connections again
    for recorder in (app.extensions["authserver"].usage, app.extensions["authserver"].traces):
        recorder.leave()  # later there would be no database for what it has noted
    database.dispose()
