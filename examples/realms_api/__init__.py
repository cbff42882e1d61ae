"""RealmKit's realms API: a Flask application that lets `authserver.resource_server` guard it."""
