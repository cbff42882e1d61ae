package realmkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

const key = "test-key"

type answer struct {
	status int
	header map[string]string
	body   string
}

type api struct {
	answers []answer
	seen    []string
	slept   []time.Duration
}

// start gives a client of a server that answers from the list.
func start(t *testing.T, a *api, options ...Option) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := []string{r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), string(body)}
		a.seen = append(a.seen, strings.TrimSpace(strings.Join(line, " ")))
		next := a.answers[0]
		a.answers = a.answers[1:]
		for name, value := range next.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(next.status)
		io.WriteString(w, next.body)
	}))
	t.Cleanup(server.Close)
	client := New(key, append([]Option{WithBaseURL(server.URL + "/")}, options...)...)
	client.sleep = func(_ context.Context, wait time.Duration) error {
		a.slept = append(a.slept, wait)
		return nil
	}
	return client
}

func limited(wait string) answer {
	return answer{429, map[string]string{"Retry-After": wait, "X-RateLimit-Limit": "1000"}, "{}"}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %#v, want %#v", got, want)
	}
}

func TestListsWithTheKeyInTheHeader(t *testing.T) {
	a := &api{answers: []answer{{200, nil, `{"items": [{"id": "r1", "name": "One"}], "next": "r1"}`}}}
	page, err := start(t, a).Realms.List(context.Background(), Limit(1))
	same(t, err, nil)
	same(t, []string{page.Items[0].Name, page.Next}, []string{"One", "r1"})
	same(t, a.seen, []string{"GET /v1/realms?limit=1 Bearer " + key})
}

func TestEachGoesOverAllPages(t *testing.T) {
	a := &api{answers: []answer{
		{200, nil, `{"items": [{"id": "a"}, {"id": "b"}], "next": "b"}`},
		{200, nil, `{"items": [{"id": "c"}], "next": null}`},
	}}
	ids := ""
	err := start(t, a).Realms.Each(context.Background(), func(realm Realm) error {
		ids += realm.ID
		return nil
	})
	same(t, err, nil)
	same(t, ids, "abc")
	same(t, a.seen[1], "GET /v1/realms?cursor=b Bearer "+key)
}

func TestIDsAreEscaped(t *testing.T) {
	a := &api{answers: []answer{{204, nil, ""}}}
	client := start(t, a)
	same(t, client.Realms.Delete(context.Background(), "../x?y"), nil)
	same(t, a.seen[0], "DELETE /v1/realms/..%2Fx%3Fy Bearer "+key)
	if client.Realms.Delete(context.Background(), "..") == nil || len(a.seen) != 1 {
		t.Fatal("an id that leads elsewhere was sent")
	}
}

func TestSendsOnlyWhatIsGiven(t *testing.T) {
	a := &api{answers: []answer{{200, nil, `{"id": "r1"}`}}}
	_, err := start(t, a).Realms.Update(context.Background(), "r1", RealmInput{Name: String("New")})
	same(t, err, nil)
	same(t, a.seen[0], "PATCH /v1/realms/r1 Bearer "+key+` {"name":"New"}`)
}

func TestErrorsHaveTypes(t *testing.T) {
	problem := `{"title": "T", "detail": "D", "missing_scopes": ["write:realms"]}`
	a := &api{answers: []answer{{401, nil, problem}, {403, nil, problem}, limited("7"), {404, nil, "<html>"}}}
	client := start(t, a, WithMaxRetries(0))
	var refused *AuthenticationError
	var denied *PermissionDeniedError
	var rate *RateLimitError
	var plain *APIError
	for _, target := range []any{&refused, &denied, &rate, &plain} {
		_, err := client.Realms.List(context.Background())
		if !errors.As(err, target) || !errors.As(err, &plain) {
			t.Fatalf("%T is not %T", err, target)
		}
	}
	same(t, refused.Error(), "realmkit: 401 T: D")
	same(t, denied.MissingScopes, []string{"write:realms"})
	same(t, rate.RetryAfter, 7*time.Second)
	same(t, plain.Error(), "realmkit: 404 Not Found")
}

func Test429IsTriedAgainAfterRetryAfter(t *testing.T) {
	a := &api{answers: []answer{limited("3"), limited("5"), {200, nil, `{"items": [], "next": null}`}}}
	_, err := start(t, a).Realms.List(context.Background())
	same(t, err, nil)
	same(t, a.slept, []time.Duration{3 * time.Second, 5 * time.Second})
}

func TestRetriesSendTheBodyAgainAndAreBounded(t *testing.T) {
	a := &api{answers: []answer{limited("1"), limited("1"), limited("1")}}
	_, err := start(t, a).Realms.Create(context.Background(), RealmInput{Name: String("x")})
	var rate *RateLimitError
	same(t, errors.As(err, &rate), true)
	same(t, len(a.seen), 3)
	same(t, a.seen[2], "POST /v1/realms Bearer "+key+` {"name":"x"}`)
}

func TestALongWaitIsAnErrorAtOnce(t *testing.T) {
	a := &api{answers: []answer{limited("1740")}}
	_, err := start(t, a).Realms.List(context.Background())
	var rate *RateLimitError
	same(t, errors.As(err, &rate), true)
	same(t, []any{rate.RetryAfter, rate.Limit, len(a.slept)}, []any{29 * time.Minute, 1000, 0})
}

func TestOtherErrorsAreNotTriedAgain(t *testing.T) {
	a := &api{answers: []answer{{503, map[string]string{"Retry-After": "1"}, ""}}}
	_, err := start(t, a).Stats(context.Background())
	var plain *APIError
	same(t, errors.As(err, &plain), true)
	same(t, len(a.seen), 1)
}

func TestBackOffGrowsAndIsBounded(t *testing.T) {
	for attempt, most := range []time.Duration{500, 1000, 2000, 4000, 8000, 8000} {
		most *= time.Millisecond
		if wait := backOff(attempt); wait < most/2 || wait > most {
			t.Fatalf("attempt %d waits %v", attempt, wait)
		}
	}
}

func TestRetryAfterMayBeADate(t *testing.T) {
	for text, stated := range map[string]bool{"Wed, 21 Oct 2015 07:28:00 GMT": true, "soon": false, "": false} {
		wait, found := retryAfter(http.Header{"Retry-After": {text}})
		same(t, []any{wait, found}, []any{time.Duration(0), stated})
	}
}

func TestARedirectDoesNotCarryTheKeyAway(t *testing.T) {
	a := &api{answers: []answer{{302, map[string]string{"Location": "/elsewhere"}, ""}}}
	_, err := start(t, a).Realms.List(context.Background())
	var plain *APIError
	same(t, errors.As(err, &plain), true)
	same(t, len(a.seen), 1)
}

func TestAWaitEndsWithTheContext(t *testing.T) {
	a := &api{answers: []answer{limited("30")}}
	client := start(t, a)
	client.sleep = sleep
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := client.Realms.List(ctx)
	same(t, errors.Is(err, context.DeadlineExceeded), true)
}

func TestEnvironmentNamesKeyAndServer(t *testing.T) {
	t.Setenv("REALMKIT_API_KEY", "from-env")
	t.Setenv("REALMKIT_BASE_URL", "http://localhost:9/")
	client := New("")
	same(t, []string{client.key, client.baseURL}, []string{"from-env", "http://localhost:9"})
	t.Setenv("REALMKIT_BASE_URL", "")
	same(t, New("").baseURL, DefaultBaseURL)
}

func TestTheKeyIsNeitherShownNorSentBroken(t *testing.T) {
	a := &api{}
	client := start(t, a)
	if shown := fmt.Sprintf("%v %+v %#v %s", client, client, client, client); strings.Contains(shown, key) {
		t.Fatal(shown)
	}
	for _, bad := range []string{"", "secret\r\nX: y"} {
		client.key = bad
		_, err := client.Realms.List(context.Background())
		if err == nil || strings.Contains(err.Error(), "secret") || len(a.seen) != 0 {
			t.Fatal(err)
		}
	}
}
