#!/bin/sh
# Lists your realms. REALMKIT_API_KEY=... sh curl.sh
set -eu
: "${REALMKIT_API_KEY:?set REALMKIT_API_KEY to an API key}"

# The header comes on standard input: arguments of a command are visible to everybody on the machine.
printf 'Authorization: Bearer %s\n' "$REALMKIT_API_KEY" |
    curl -sS --fail-with-body --max-time 30 --retry 2 --retry-max-time 60 -H @- \
        "${REALMKIT_BASE_URL:-https://api.realmkit.com}/v1/realms"
