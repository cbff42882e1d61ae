"""Exit codes: what can go wrong in a command, each with its number (0 is success)."""

#: Ctrl-C, as shells number it.
ABORTED = 130


class Failure(Exception):
    """The command failed; the message says why, in a plain sentence."""

    exit_code = 1


class NotFound(Failure):
    """What was named is not there."""

    exit_code = 3


class Conflict(Failure):
    """What was asked for stands against what is there."""

    exit_code = 5


class Findings(Failure):
    """The command worked, and found something that needs attention."""

    exit_code = 6
