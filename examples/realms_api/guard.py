"""The one protection of this API; rooms name their scopes with it."""

from authserver.resource_server import Protection

protection = Protection()
