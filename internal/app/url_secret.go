package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// secretNames are what clients of other gateways call a secret in a URL, in
// lower case and without what joins words.
var secretNames = map[string]bool{
	"token": true, "authtoken": true, "accesstoken": true, "devicetoken": true, "gatewaytoken": true, "bearer": true, "authorization": true,
	"auth": true, "password": true, "passwd": true, "pass": true, "secret": true, "key": true, "apikey": true,
}

// noSecretInURL refuses requests whose URL carries a secret: it stands in the
// logs and histories of everything on the way. That it might be the right one
// changes nothing.
func noSecretInURL(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := secretIn(r.URL.RawQuery); name != "" {
			http.Error(w, fmt.Sprintf("%q in a URL is not accepted, as logs keep URLs: send it in the handshake's auth or, over HTTP, as the header Authorization: Bearer …; and choose a new one", name), http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secretIn names the parameter of a query that is a secret by its name; ""
// there is none. Values are not looked at, and never repeated.
func secretIn(query string) string {
	for pair := range strings.FieldsFuncSeq(query, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		bare := strings.Map(func(c rune) rune {
			if c == '-' || c == '_' || c == '.' || c == '[' || c == ']' || c == ' ' {
				return -1
			}
			return c
		}, strings.ToLower(name))
		if secretNames[bare] {
			return name
		}
	}
	return ""
}
