"""Lists your realms. REALMKIT_API_KEY=... python python_requests.py"""

import json
import os
import sys

import requests

key = os.environ.get("REALMKIT_API_KEY")
if not key:
    sys.exit("set REALMKIT_API_KEY to an API key")
root = os.environ.get("REALMKIT_BASE_URL") or "https://api.realmkit.com"

response = requests.get(f"{root}/v1/realms", headers={"Authorization": f"Bearer {key}"}, timeout=30)
if response.ok:
    print(json.dumps(response.json()))
elif response.status_code == 401:
    sys.exit("401: check the key, it is invalid, expired or revoked")
elif response.status_code == 403:
    sys.exit(f"403: the key lacks {' '.join(response.json()['missing_scopes'])}")
elif response.status_code == 429:
    sys.exit(f"429: try again in {response.headers['Retry-After']} seconds")
else:
    sys.exit(f"{response.status_code}: {response.reason}")
