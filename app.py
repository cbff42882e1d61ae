"""The WSGI application: `gunicorn app:app` and `flask --app app run` serve what `authserver run` serves."""

from authserver.factory import create_app

app = create_app()
