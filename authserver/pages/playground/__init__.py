"""A complete code flow against this server, with the real requests and answers, and ways to break it on purpose."""
