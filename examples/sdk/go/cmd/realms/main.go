// The whole life of a realm. REALMKIT_API_KEY=... go run ./cmd/realms
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"realmkit.com/go/realmkit"
)

func main() {
	report, err := tour(context.Background(), realmkit.New(""))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, describe(err))
		os.Exit(1)
	}
}

func tour(ctx context.Context, client *realmkit.Client) (map[string]any, error) {
	realm, err := client.Realms.Create(ctx, realmkit.RealmInput{
		Name: realmkit.String("Winter"), Content: realmkit.String("snow\n"),
	})
	if err != nil {
		return nil, err
	}
	listed, found := 0, false
	err = client.Realms.Each(ctx, func(each realmkit.Realm) error {
		listed++
		found = found || each.ID == realm.ID
		return nil
	}, realmkit.Limit(1))
	if err != nil {
		return nil, err
	}
	renamed, err := client.Realms.Update(ctx, realm.ID, realmkit.RealmInput{Name: realmkit.String("Late winter")})
	if err != nil {
		return nil, err
	}
	got, err := client.Realms.Get(ctx, realm.ID)
	if err != nil {
		return nil, err
	}
	content, err := client.Realms.Download(ctx, realm.ID)
	if err != nil {
		return nil, err
	}
	stats, err := client.Stats(ctx)
	if err != nil {
		return nil, err
	}
	said, err := client.Profile.Update(ctx, realmkit.ProfileInput{Bio: realmkit.String("Likes snow.")})
	if err != nil {
		return nil, err
	}
	profile, err := client.Profile.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := client.Realms.Delete(ctx, realm.ID); err != nil {
		return nil, err
	}
	page, err := client.Realms.List(ctx, realmkit.Limit(100))
	if err != nil {
		return nil, err
	}
	left := false
	for _, each := range page.Items {
		left = left || each.ID == realm.ID
	}
	return map[string]any{
		"listed": found, "name": got.Name, "size": renamed.Size, "content": string(content),
		"stats": stats.Realms == listed, "bio": said.Bio, "username": profile.Username, "left": left,
	}, nil
}

func describe(err error) string {
	var refused *realmkit.AuthenticationError
	var denied *realmkit.PermissionDeniedError
	var limited *realmkit.RateLimitError
	switch {
	case errors.As(err, &denied):
		return "PermissionDeniedError: missing " + strings.Join(denied.MissingScopes, " ")
	case errors.As(err, &refused):
		return "AuthenticationError: " + err.Error()
	case errors.As(err, &limited):
		return "RateLimitError: " + err.Error()
	}
	return err.Error()
}
