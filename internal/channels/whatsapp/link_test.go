//go:build whatsapp

package whatsapp_test

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels/whatsapp/whatsapptest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"go.mau.fi/whatsmeow/types/events"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestNobodyIsLinked(t *testing.T) {
	r := newRig(t, "")
	r.until("stopped", func() bool { return r.account().LastError.V != "" && !r.account().Running.V })
	_, err := r.send("1", "+491700000002", "hello")
	refusal(t, err, protocol.CodeNotLinked, "run gateway channels login whatsapp")
	_, err = r.Poll(t.Context(), &protocol.PollParams{To: "+491700000002", Question: "?", Options: []string{"a", "b"}, IdempotencyKey: "2"})
	refusal(t, err, protocol.CodeNotLinked, "WhatsApp is not linked")
	a := r.account()
	if a.Linked.V || !a.Linked.Set || !a.Configured.V || !strings.HasPrefix(a.LastError.V, "not linked: nobody has scanned") {
		t.Errorf("%s", a.AppendJSON(nil))
	}
	if r.wa.Dials() != 0 {
		t.Error("WhatsApp was called without a login")
	}
}

func TestLinkingByCode(t *testing.T) {
	r := newRig(t, "")
	start, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{})
	if err != nil {
		t.Fatal(err)
	}
	picture, ok := strings.CutPrefix(start.QRDataURL.V, "data:image/png;base64,")
	if png, err := base64.StdEncoding.DecodeString(picture); !ok || err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("%.60q is no picture", start.QRDataURL.V)
	}
	if start.Code.V != whatsapptest.Codes[0] || !strings.Contains(start.Message, "Linked Devices") {
		t.Errorf("%+v", start)
	}
	w, err := r.WebLoginWait(t.Context(), &protocol.WebLoginWaitParams{TimeoutMs: wire.Some(int64(10))})
	if err != nil || w.Connected || !strings.Contains(w.Message, "Still waiting") {
		t.Fatalf("%+v, %v", w, err)
	}
	again, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{})
	if err != nil || again.Code.V != start.Code.V || r.wa.Dials() != 1 {
		t.Errorf("asked again: %+v, %v: want the code that is still valid", again, err)
	}
	waited := make(chan *protocol.WebLoginWaitResult, 1)
	go func() {
		w, _ := r.WebLoginWait(t.Context(), &protocol.WebLoginWaitParams{})
		waited <- w
	}()
	r.wa.Scan()
	if w := <-waited; !w.Connected {
		t.Fatalf("%+v", w)
	}
	r.until("connected", func() bool { return r.account().Connected.V })
	a := r.account()
	if !a.Linked.V || !strings.Contains(string(a.AppendJSON(nil)), `"self":{"e164":"+491700000001","jid":"491700000001@s.whatsapp.net"}`) {
		t.Errorf("%s", a.AppendJSON(nil))
	}
	s, err := r.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{Probe: wire.Some(true)})
	if sum := s.Channels["whatsapp"]; err != nil || sum.Self.V.E164.V != "+491700000001" || !strings.Contains(string(sum.Probe), `"ok":true`) || sum.AuthAgeMs.IsNil {
		t.Errorf("%s, %v", sum.AppendJSON(nil), err)
	}
	linked, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{})
	if err != nil || linked.QRDataURL.Set || linked.Code.Set || !strings.Contains(linked.Message, "already linked") || !r.account().Connected.V {
		t.Errorf("%+v, %v", linked, err)
	}
	for _, secret := range whatsapptest.Codes {
		if strings.Contains(r.logged(), secret) {
			t.Errorf("the log has the code %q", secret)
		}
	}
	// Another login in its place, which tells WhatsApp first.
	if _, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{Force: wire.Some(true)}); err != nil || r.wa.Logouts() != 1 {
		t.Errorf("%d logouts, %v", r.wa.Logouts(), err)
	}
	if r.account().Linked.V {
		t.Error("the old login is still there")
	}
}

// Codes expire: the next one takes over, and when all are used up a new connection
// has new ones.
func TestCodesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "")
		code := func() string {
			t.Helper()
			s, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{})
			if err != nil {
				t.Fatal(err)
			}
			return s.Code.V
		}
		expire := func() {
			t.Helper()
			if w, err := r.WebLoginWait(t.Context(), &protocol.WebLoginWaitParams{}); err != nil || w.Connected {
				t.Fatalf("%+v, %v", w, err)
			}
		}
		began := time.Now()
		for k, want := range append(whatsapptest.Codes, whatsapptest.Codes[0]) {
			if got := code(); got != want {
				t.Errorf("code %d after %s: %q, want %q", k, time.Since(began), got, want)
			}
			expire()
		}
		if r.wa.Dials() != 2 || time.Since(began) != 160*time.Second {
			t.Errorf("%d connections in %s", r.wa.Dials(), time.Since(began))
		}
		// Nobody asks any more: the connection ends by itself.
		time.Sleep(4 * time.Minute)
		if r.wa.Open() != 0 {
			t.Error("the login goes on for ever")
		}
		r.Close()
		_ = r.store.Close()
	})
}

func TestLinkingFails(t *testing.T) {
	for _, c := range []struct {
		event any
		want  string
	}{
		{&events.PairError{Error: errors.New("hmac mismatch")}, "The login failed: the phone scanned the code, but linking failed: hmac mismatch"},
		{&events.ClientOutdated{}, "The login failed: outdated: WhatsApp does not let this version of the gateway in any more; update the gateway"},
		{&events.Disconnected{}, "Still waiting for the QR scan. Let me know when you have scanned it."},
	} {
		r := newRig(t, "")
		if _, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{}); err != nil {
			t.Fatal(err)
		}
		r.wa.Tell(&events.QRScannedWithoutMultidevice{})
		r.wa.Tell(c.event)
		if w, err := r.WebLoginWait(t.Context(), &protocol.WebLoginWaitParams{}); err != nil || w.Connected || w.Message != c.want {
			t.Errorf("%T: %+v, %v", c.event, w, err)
		}
		if r.wa.Open() != 0 {
			t.Errorf("%T: the connection is left open", c.event)
		}
	}
}

func TestNoCodeComes(t *testing.T) {
	r := newRig(t, "")
	r.wa.Silence(true)
	s, err := r.WebLoginStart(t.Context(), &protocol.WebLoginStartParams{TimeoutMs: wire.Some(int64(20))})
	if err != nil || s.Code.Set || s.Message != "No code came in time. Try again." || r.wa.Open() != 0 {
		t.Errorf("%+v, %v, %d connections", s, err, r.wa.Open())
	}
}

func TestLogout(t *testing.T) {
	r := newLinked(t, "")
	out, err := r.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "whatsapp"})
	if err != nil || !out.Cleared || !out.LoggedOut.V || r.wa.Logouts() != 1 || r.wa.Open() != 0 {
		t.Errorf("%+v, %v, %d logouts", out, err, r.wa.Logouts())
	}
	_, err = r.send("1", "+491700000002", "hello")
	refusal(t, err, protocol.CodeNotLinked, "logged out")
	out, err = r.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "whatsapp"})
	if err != nil || out.Cleared {
		t.Errorf("again: %+v, %v", out, err)
	}
	// And back.
	r.link()
	r.until("connected", func() bool { return r.account().Connected.V })
}

// WhatsApp cannot be told, and the login is forgotten all the same.
func TestLogoutWithoutWhatsApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newLinked(t, "")
		r.wa.Silence(true)
		out, err := r.ChannelsLogout(t.Context(), &protocol.ChannelsLogoutParams{Channel: "whatsapp"})
		if err != nil || !out.Cleared || r.wa.Logouts() != 0 || r.account().Linked.V || r.wa.Open() != 0 {
			t.Errorf("%+v, %v", out, err)
		}
		if !strings.Contains(r.logged(), "remove the device from the phone") {
			t.Error("nobody is told to remove the device")
		}
		r.Close()
		_ = r.store.Close()
	})
}
