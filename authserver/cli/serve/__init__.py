"""The server process: a light parent holds the port and keeps granian workers alive (decisions 36 and 37).

The parent imports no application code; a worker is a fresh interpreter that loads the target, and only then is the
port opened. Who starts the server needs three names: `Listen`, `ListenRefused` and `serve`.
"""

from authserver.cli.serve.listen import Listen, ListenRefused
from authserver.cli.serve.supervisor import serve

__all__ = ["Listen", "ListenRefused", "serve"]
