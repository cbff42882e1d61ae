"""The same call in four languages, with this server's own addresses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A piece of code that can be pasted; the credential comes from the environment, never from the source."""

    anchor: str
    language: str
    code: str


def samples(api: str) -> list[Sample]:
    """One call of the API at this address, and what its errors mean."""
    return [Sample(anchor, language, code.replace("@API@", api)) for anchor, language, code in _SAMPLES]


_CURL = """\
curl "@API@/v1/realms" -H "Authorization: Bearer $REALMKIT_API_KEY"
"""
_JAVASCRIPT = """\
const response = await fetch("@API@/v1/realms", {
  headers: { Authorization: `Bearer ${process.env.REALMKIT_API_KEY}` },
});
if (response.status === 429) {
  const wait = Number(response.headers.get("retry-after"));
  console.log(`try again in ${wait} seconds`);
}
console.log(response.status, await response.json());
"""
_PYTHON = """\
import os
import requests

response = requests.get(
    "@API@/v1/realms",
    headers={"Authorization": f"Bearer {os.environ['REALMKIT_API_KEY']}"},
    timeout=30,
)
if response.status_code == 429:
    print("try again in", response.headers["Retry-After"], "seconds")
print(response.status_code, response.json())
"""
_GO = """\
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	request, _ := http.NewRequest("GET", "@API@/v1/realms", nil)
	request.Header.Set("Authorization", "Bearer "+os.Getenv("REALMKIT_API_KEY"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Println(response.StatusCode, string(body))
}
"""
_SAMPLES = (
    ("curl", "cURL", _CURL),
    ("javascript", "JavaScript", _JAVASCRIPT),
    ("python", "Python", _PYTHON),
    ("go", "Go", _GO),
)
