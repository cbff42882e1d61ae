package realmkit

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// Realm is a realm, without its content.
type Realm struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	CreatedAt   int64  `json:"created_at"`
	UpdatedAt   int64  `json:"updated_at"`
	Size        int    `json:"size"`
}

// Page is some realms; Next is the cursor of the next page, empty on the last.
type Page struct {
	Items []Realm `json:"items"`
	Next  string  `json:"next"`
}

// RealmInput is what may be said of a realm. Nil members are left out.
type RealmInput struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	Content     *string `json:"content,omitempty"`
}

// Stats tells how much there is.
type Stats struct {
	Realms int `json:"realms"`
	Bytes  int `json:"bytes"`
}

// Profile is the owner of the key.
type Profile struct {
	Sub         string `json:"sub"`
	Username    string `json:"username"`
	Tier        string `json:"tier"`
	DisplayName string `json:"display_name"`
	Bio         string `json:"bio"`
}

// ProfileInput is what may be said of oneself. Nil members are left out.
type ProfileInput struct {
	DisplayName *string `json:"display_name,omitempty"`
	Bio         *string `json:"bio,omitempty"`
}

// String makes a member of an input.
func String(text string) *string { return &text }

// ListOption narrows a list.
type ListOption func(url.Values)

// Limit bounds the number of realms in a page.
func Limit(most int) ListOption { return func(v url.Values) { v.Set("limit", strconv.Itoa(most)) } }

// Cursor begins where another page has ended.
func Cursor(next string) ListOption { return func(v url.Values) { v.Set("cursor", next) } }

// Realms is /v1/realms.
type Realms struct{ client *Client }

// List gives a page of realms. It needs read:realms.
func (r *Realms) List(ctx context.Context, options ...ListOption) (*Page, error) {
	query := url.Values{}
	for _, option := range options {
		option(query)
	}
	path := "/v1/realms"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var page Page
	if err := r.client.call(ctx, http.MethodGet, path, nil, &page); err != nil {
		return nil, err
	}
	return &page, nil
}

// Each calls visit with every realm, page by page, until visit gives an error.
func (r *Realms) Each(ctx context.Context, visit func(Realm) error, options ...ListOption) error {
	page, err := r.List(ctx, options...)
	for err == nil {
		for _, realm := range page.Items {
			if err := visit(realm); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		next := append(append([]ListOption{}, options...), Cursor(page.Next))
		page, err = r.List(ctx, next...)
	}
	return err
}

// Get gives one realm. It needs read:realms.
func (r *Realms) Get(ctx context.Context, id string) (*Realm, error) {
	return r.one(ctx, http.MethodGet, id, nil)
}

// Create makes a realm. It needs write:realms.
func (r *Realms) Create(ctx context.Context, input RealmInput) (*Realm, error) {
	var realm Realm
	if err := r.client.call(ctx, http.MethodPost, "/v1/realms", input, &realm); err != nil {
		return nil, err
	}
	return &realm, nil
}

// Update changes what the input names. It needs write:realms.
func (r *Realms) Update(ctx context.Context, id string, input RealmInput) (*Realm, error) {
	return r.one(ctx, http.MethodPatch, id, input)
}

// Delete removes a realm. It needs delete:realms.
func (r *Realms) Delete(ctx context.Context, id string) error {
	path, err := pathOf(id)
	if err != nil {
		return err
	}
	return r.client.call(ctx, http.MethodDelete, path, nil, nil)
}

// Download gives the content of a realm. It needs download:realms.
func (r *Realms) Download(ctx context.Context, id string) ([]byte, error) {
	path, err := pathOf(id)
	if err != nil {
		return nil, err
	}
	return r.client.send(ctx, http.MethodGet, path+"/download", nil)
}

func (r *Realms) one(ctx context.Context, method, id string, body any) (*Realm, error) {
	path, err := pathOf(id)
	if err != nil {
		return nil, err
	}
	var realm Realm
	if err := r.client.call(ctx, method, path, body, &realm); err != nil {
		return nil, err
	}
	return &realm, nil
}

// Profiles is /v1/profile.
type Profiles struct{ client *Client }

// Get tells who the owner of the key is. It needs read:profile.
func (p *Profiles) Get(ctx context.Context) (*Profile, error) {
	return p.one(ctx, http.MethodGet, nil)
}

// Update changes what the input names. It needs write:profile.
func (p *Profiles) Update(ctx context.Context, input ProfileInput) (*Profile, error) {
	return p.one(ctx, http.MethodPatch, input)
}

func (p *Profiles) one(ctx context.Context, method string, body any) (*Profile, error) {
	var profile Profile
	if err := p.client.call(ctx, method, "/v1/profile", body, &profile); err != nil {
		return nil, err
	}
	return &profile, nil
}

func pathOf(id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", errors.New("realmkit: the id of a realm is missing")
	}
	return "/v1/realms/" + url.PathEscape(id), nil
}
