package realmkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// APIError is an answer of the API with an error. The typed errors wrap it, so errors.As finds it in each of them.
type APIError struct {
	StatusCode int
	Title      string
	Detail     string
	Header     http.Header
}

func (e *APIError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("realmkit: %d %s", e.StatusCode, e.Title)
	}
	return fmt.Sprintf("realmkit: %d %s: %s", e.StatusCode, e.Title, e.Detail)
}

// AuthenticationError is a 401: the key is missing, invalid, expired or revoked.
type AuthenticationError struct{ *APIError }

// Unwrap gives the APIError.
func (e *AuthenticationError) Unwrap() error { return e.APIError }

// PermissionDeniedError is a 403: the key is good and may not do this.
type PermissionDeniedError struct {
	*APIError
	MissingScopes []string
}

// Unwrap gives the APIError.
func (e *PermissionDeniedError) Unwrap() error { return e.APIError }

// RateLimitError is a 429: the quota is used up. RetryAfter is 0 when the API does not say how long to wait.
type RateLimitError struct {
	*APIError
	RetryAfter time.Duration
	Limit      int
}

// Unwrap gives the APIError.
func (e *RateLimitError) Unwrap() error { return e.APIError }

func errorOf(status int, header http.Header, body []byte) error {
	var problem struct {
		Title   string   `json:"title"`
		Detail  string   `json:"detail"`
		Missing []string `json:"missing_scopes"`
	}
	_ = json.Unmarshal(body, &problem) // what is no problem document leaves it empty
	if problem.Title == "" {
		problem.Title = http.StatusText(status)
	}
	plain := &APIError{StatusCode: status, Title: problem.Title, Detail: problem.Detail, Header: header}
	switch status {
	case http.StatusUnauthorized:
		return &AuthenticationError{plain}
	case http.StatusForbidden:
		return &PermissionDeniedError{plain, problem.Missing}
	case http.StatusTooManyRequests:
		wait, _ := retryAfter(header)
		limit, _ := strconv.Atoi(header.Get("X-RateLimit-Limit"))
		return &RateLimitError{plain, wait, limit}
	}
	return plain
}

// retryAfter reads Retry-After (RFC 9110 section 10.2.3), in seconds or as a date.
func retryAfter(header http.Header) (time.Duration, bool) {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 30); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	moment, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if wait := time.Until(moment); wait > 0 {
		return wait, true
	}
	return 0, true
}
