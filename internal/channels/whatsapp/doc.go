//go:build whatsapp

// Package whatsapp is the channel to WhatsApp: the gateway is a linked device of a
// phone, as WhatsApp Web is. It is experimental: WhatsApp has no official interface
// for this.
//
// The library is go.mau.fi/whatsmeow; the interface Client has what is used of it.
// What it wants kept, keys and sessions, is in the table whatsapp_state of the
// gateway's database, written as all else is, by the one writer. The library's own
// SQL store would write to that database beside it, with migrations of its own,
// and hold a transaction while it decrypts.
//
// There is one socket to an account at a time: of its run, of a login, or of a
// logout. Connections that break are made anew by the supervision, not by the
// library.
package whatsapp
