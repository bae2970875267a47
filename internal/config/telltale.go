package config

import (
	"net/url"
	"strings"

	"github.com/gatesmith/gatesmith/internal/logging"
)

// Command lines and addresses are no secrets, and may have one in them:
// --token=abc, or https://ada:abc@host. Marking them secret as a whole would hide
// words such as "serve" in the log; so they are judged one by one.

// mayTell reports whether a setting's texts are judged so.
func (s *setting) mayTell() bool {
	return s != nil && !s.Secret && (s.Exec || strings.HasSuffix(strings.ToLower(s.Path), "url"))
}

// patterns know secrets by what stands around them, as the log does.
var patterns logging.Secrets

// tells reports whether a text has a secret in it. The one before it in a list may
// say so: --token, abc.
func tells(before, text string) bool {
	if patterns.Mask(text) != text {
		return true
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		for name, values := range u.Query() {
			if told := name + "=" + strings.Join(values, ""); patterns.Mask(told) != told {
				return true
			}
		}
	}
	flag := strings.TrimLeft(before, "-")
	if flag == before || strings.ContainsAny(before, "= ") || strings.HasPrefix(text, "-") {
		return false
	}
	told := flag + "=" + text
	return patterns.Mask(told) != told
}

// toldIn are the secrets of a text that tells some, as far as they stand alone.
func toldIn(text string) []string {
	secrets := []string{text}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		if password, ok := u.User.Password(); ok {
			secrets = append(secrets, password)
		}
		for name, values := range u.Query() {
			for _, v := range values {
				if told := name + "=" + v; patterns.Mask(told) != told {
					secrets = append(secrets, v)
				}
			}
		}
		return secrets
	}
	if at := strings.IndexAny(text, "=:"); at > 0 {
		value := strings.TrimSpace(text[at+1:])
		secrets = append(secrets, value, value[strings.LastIndexByte(value, ' ')+1:])
	}
	return secrets
}

// told is whether the item of a list, or a text alone, has a secret in it.
func (p spot) told(k int) bool {
	n := p.node
	if n.kind != listKind {
		return n.kind == stringKind && p.setting.mayTell() && tells("", n.text)
	}
	item, before := n.items[k], ""
	if k > 0 && n.items[k-1].kind == stringKind {
		before = n.items[k-1].text
	}
	return item.kind == stringKind && p.setting.mayTell() && tells(before, item.text)
}

// appendTold lists the secrets in the texts of a place.
func (p spot) appendTold(secrets []string) []string {
	switch {
	case p.node.kind == listKind:
		for k, item := range p.node.items {
			if p.told(k) {
				secrets = append(secrets, toldIn(item.text)...)
			}
		}
	case p.told(0):
		secrets = append(secrets, toldIn(p.node.text)...)
	}
	return secrets
}
