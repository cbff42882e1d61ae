"""The catalogues: what the server says in each language but English, and the tool that keeps them (`__main__`)."""
