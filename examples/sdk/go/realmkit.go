// Package realmkit is a client of the RealmKit realms API.
//
//	client := realmkit.New("...")
//	page, err := client.Realms.List(ctx)
package realmkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strings"
	"time"
)

// DefaultBaseURL is where the API is when neither WithBaseURL nor REALMKIT_BASE_URL says otherwise.
const DefaultBaseURL = "https://api.realmkit.com"

const (
	firstBackOff   = 500 * time.Millisecond
	longestBackOff = 8 * time.Second
	largestAnswer  = 64 << 20
)

// Client is the realms API, as the owner of a key sees it. It may be used by many goroutines.
type Client struct {
	Realms  *Realms
	Profile *Profiles

	key        string
	baseURL    string
	http       *http.Client
	maxRetries int
	maxWait    time.Duration
	sleep      func(context.Context, time.Duration) error
}

// Option changes a client.
type Option func(*Client)

// WithBaseURL names another server.
func WithBaseURL(url string) Option { return func(c *Client) { c.baseURL = url } }

// WithTimeout bounds one attempt; the default is 30 seconds.
func WithTimeout(timeout time.Duration) Option { return func(c *Client) { c.http.Timeout = timeout } }

// WithMaxRetries says how often a 429 is tried again; the default is 2.
func WithMaxRetries(retries int) Option { return func(c *Client) { c.maxRetries = retries } }

// WithMaxWait says how long to wait for an attempt at most; a longer Retry-After is a RateLimitError at once.
func WithMaxWait(wait time.Duration) Option { return func(c *Client) { c.maxWait = wait } }

// New makes a client. An empty key takes REALMKIT_API_KEY; without either every call fails.
func New(key string, options ...Option) *Client {
	if key == "" {
		key = os.Getenv("REALMKIT_API_KEY")
	}
	client := &Client{
		key:     key,
		baseURL: os.Getenv("REALMKIT_BASE_URL"),
		http: &http.Client{
			Timeout: 30 * time.Second,
			// A redirect would carry the key to another place; here it is an error like any other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		maxRetries: 2,
		maxWait:    time.Minute,
		sleep:      sleep,
	}
	for _, option := range options {
		option(client)
	}
	if client.baseURL == "" {
		client.baseURL = DefaultBaseURL
	}
	client.baseURL = strings.TrimRight(client.baseURL, "/")
	client.Realms = &Realms{client}
	client.Profile = &Profiles{client}
	return client
}

// String does not show the key.
func (c *Client) String() string { return "realmkit.Client(" + c.baseURL + ")" }

// GoString does not show the key.
func (c *Client) GoString() string { return c.String() }

// Stats tells how much there is. It needs read:stats.
func (c *Client) Stats(ctx context.Context) (*Stats, error) {
	var stats Stats
	if err := c.call(ctx, http.MethodGet, "/v1/stats", nil, &stats); err != nil {
		return nil, err
	}
	return &stats, nil
}

// call sends a JSON document, if there is one, and reads a JSON document, if one is wanted.
func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	content, err := c.send(ctx, method, path, body)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("realmkit: %s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body any) ([]byte, error) {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("realmkit: %w", err)
		}
	}
	for attempt := 0; ; attempt++ {
		status, header, content, err := c.once(ctx, method, path, sent)
		if err != nil {
			return nil, fmt.Errorf("realmkit: %w", err)
		}
		if status >= 200 && status < 300 {
			return content, nil
		}
		wait, stated := retryAfter(header)
		if !stated {
			wait = backOff(attempt)
		}
		if status != http.StatusTooManyRequests || attempt >= c.maxRetries || wait > c.maxWait {
			return nil, errorOf(status, header, content)
		}
		if err := c.sleep(ctx, wait); err != nil {
			return nil, fmt.Errorf("realmkit: %w", err)
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, sent []byte) (int, http.Header, []byte, error) {
	if !printable(c.key) {
		return 0, nil, nil, errors.New("set REALMKIT_API_KEY, or give New a key that can be one")
	}
	request, err := http.NewRequestWithContext(ctx, method, c.baseURL+path, bytes.NewReader(sent))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Accept", "application/json")
	if sent != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	return response.StatusCode, response.Header, content, err
}

// backOff is the wait when the API does not say: twice as long each time, spread at random.
func backOff(attempt int) time.Duration {
	wait := longestBackOff
	if attempt < 4 {
		wait = firstBackOff << uint(attempt)
	}
	return wait/2 + time.Duration(rand.Int63n(int64(wait/2)+1))
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func printable(key string) bool {
	return key != "" && strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
