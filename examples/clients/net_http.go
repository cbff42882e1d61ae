// Lists your realms. REALMKIT_API_KEY=... go run net_http.go
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	key := os.Getenv("REALMKIT_API_KEY")
	if key == "" {
		fail("set REALMKIT_API_KEY to an API key")
	}
	root := os.Getenv("REALMKIT_BASE_URL")
	if root == "" {
		root = "https://api.realmkit.com"
	}
	request, err := http.NewRequest(http.MethodGet, root+"/v1/realms", nil)
	if err != nil {
		fail(err.Error())
	}
	request.Header.Set("Authorization", "Bearer "+key)

	client := &http.Client{Timeout: 30 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		fail(err.Error())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 10<<20))
	if err != nil {
		fail(err.Error())
	}
	switch response.StatusCode {
	case http.StatusOK:
		fmt.Println(string(body))
	case http.StatusUnauthorized:
		fail("401: check the key, it is invalid, expired or revoked")
	case http.StatusForbidden:
		var problem struct {
			Missing []string `json:"missing_scopes"`
		}
		_ = json.Unmarshal(body, &problem)
		fail("403: the key lacks " + strings.Join(problem.Missing, " "))
	case http.StatusTooManyRequests:
		fail("429: try again in " + response.Header.Get("Retry-After") + " seconds")
	default:
		fail(response.Status)
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
