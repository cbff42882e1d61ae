"""API: the management of this server for programs, under `/v1`. A new resource is one file here and one line here."""

from authserver.api import absent, leaks, openapi
from authserver.api.api_keys import operations as api_keys
from authserver.rest.resource import Resource
from authserver.wire import ANY_METHOD, Endpoint

RESOURCES: list[Resource] = [*api_keys.RESOURCES, *leaks.RESOURCES]
API: list[Endpoint] = [
    *(Endpoint("", one.path, one.methods, one.respond, problems=True) for one in RESOURCES),
    Endpoint("", openapi.PATH, ("GET",), openapi.respond_for(RESOURCES), cors="any"),
    Endpoint("", absent.PATH, ANY_METHOD, absent.respond, body_limit=None, below=True, problems=True),
]
