// Command oracle says what aws-iam-authenticator makes of aws-auth ConfigMaps, with its own parser, mapper and templates.
//
// It reads one JSON object a line: "data" is that of the ConfigMap, "own" the ARN of the role that is checked, "email" the
// session name of a user, and "username" what Apono grants access to. It prints one JSON object a line: see answer.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
	_ "sigs.k8s.io/aws-iam-authenticator/pkg/server" // for its templates
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

//go:linkname saveMap sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap.(*MapStore).saveMap
func saveMap(store *configmap.MapStore, users []config.UserMapping, roles []config.RoleMapping, accounts []string)

// The template functions need the handler for {{EC2PrivateDNSName}} only.
//
//go:linkname renderTemplate sigs.k8s.io/aws-iam-authenticator/pkg/server.(*handler).renderTemplate
func renderTemplate(handler *struct{}, ctx context.Context, template string, identity *token.Identity) (string, error)

type question struct {
	Data  map[string]string `json:"data"`
	Own   string            `json:"own"`
	Email string            `json:"email"`
	// Others try to be this user, or what the role's mapping makes of the email.
	Username string `json:"username"`
}

type answer struct {
	// What the parser complains of; it keeps what it can read all the same.
	Error    string               `json:"error,omitempty"`
	Roles    []config.RoleMapping `json:"roles"`
	Users    []config.UserMapping `json:"users"`
	Accounts []string             `json:"accounts"`
	// Usernames that the role's session with the email as session name can get. More than one: a random one of them.
	Own []string `json:"own"`
	// The groups of these sessions.
	OwnGroups []string `json:"own_groups"`
	// A principal that is not cluster admin, the session name that it chooses, and whom it is then.
	Attack []string `json:"attack,omitempty"`
}

func main() {
	logrus.SetOutput(io.Discard)
	config.SSORoleMatchEnabled = true
	lines := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var asked question
		if err == nil {
			err = json.Unmarshal(line, &asked)
		}
		if err == nil {
			err = json.NewEncoder(out).Encode(asked.answer())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(1)
		}
	}
}

func (asked question) answer() answer {
	users, roles, accounts, err := configmap.ParseMap(asked.Data)
	found := answer{Roles: roles, Users: users, Accounts: accounts, Own: []string{}}
	if err != nil {
		found.Error = err.Error()
	}
	var store configmap.MapStore
	saveMap(&store, users, roles, accounts)
	mapper := configmap.ConfigMapMapper{MapStore: &store}

	person := identity(asked.Own, asked.Email)
	victims := []string{asked.Username}
	// The mapper walks a Go map: where two entries fit, each call may take another.
	for range 20 {
		mapping, err := mapper.Map(&person)
		if err != nil {
			break
		}
		name, err := renderTemplate(nil, context.Background(), mapping.Username, &person)
		if err == nil && !slices.Contains(found.Own, name) {
			found.Own = append(found.Own, name)
			found.OwnGroups = append(found.OwnGroups, mapping.Groups...)
			// Apono cannot grant access to what no prefix is of.
			isUsername := strings.Count(mapping.Username, "{{Session") == 1
			if isUsername && strings.HasSuffix(name, asked.Email) {
				victims = append(victims, name)
			}
		}
	}
	for _, arn := range principals(roles, users, asked.Own) {
		for range 20 {
			other := identity(arn, "")
			mapping, err := mapper.Map(&other)
			if err != nil {
				break
			}
			if !slices.Contains(mapping.Groups, "system:masters") && found.Attack == nil {
				found.Attack = attack(mapping.Username, other, victims)
			}
		}
	}
	return found
}

// principal is the ARN of a role or user that can exist, in the form that the authenticator looks for.
var principal = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+$`)

// principals returns whom the mappings fit, except for the role itself.
func principals(roles []config.RoleMapping, users []config.UserMapping, own string) []string {
	var arns []string
	for _, role := range roles {
		arns = append(arns, strings.TrimSuffix(role.Key(), "*"))
	}
	for _, user := range users {
		arns = append(arns, user.Key())
	}
	// What these letters are equal to without regard to case.
	ascii := strings.NewReplacer("\u017f", "s", "\u212a", "k")
	for at := range arns {
		arns[at] = ascii.Replace(arns[at])
	}
	return slices.DeleteFunc(arns, func(arn string) bool {
		return strings.EqualFold(arn, own) || !principal.MatchString(arn)
	})
}

// attack tries each part of a victim's name as session name: a template can add to it, not change it. Users have none.
func attack(template string, other token.Identity, victims []string) []string {
	if strings.Contains(template, "{{EC2PrivateDNSName}}") {
		return nil // AWS makes the name, not the caller.
	}
	for _, victim := range victims {
		for from := range len(victim) + 1 {
			for to := from; to <= len(victim); to++ {
				other.SessionName = victim[from:to]
				if strings.Contains(other.CanonicalARN, ":user/") {
					other.SessionName = ""
				}
				if strings.ContainsAny(other.SessionName, ":/ ") {
					break
				}
				name, err := renderTemplate(nil, context.Background(), template, &other)
				if err == nil && name == victim {
					return []string{other.CanonicalARN, other.SessionName, victim}
				}
			}
		}
	}
	return nil
}

func identity(arn, session string) token.Identity {
	account := ""
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		account = parts[4]
	}
	return token.Identity{ARN: arn, CanonicalARN: arn, AccountID: account, SessionName: session, AccessKeyID: "ASIAEXAMPLE"}
}
