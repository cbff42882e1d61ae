"""People: passwords, throttling, sessions, one-time links. Knows no OAuth and no HTTP."""
