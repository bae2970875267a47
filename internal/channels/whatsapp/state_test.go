//go:build whatsapp

package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/groups"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/util/optional"
	"go.mau.fi/whatsmeow/proto/waAdv"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

var (
	ownJID = types.JID{User: "491700000001", Device: 7, Server: types.DefaultUserServer}
	annPN  = types.NewJID("491700000002", types.DefaultUserServer)
	annLID = types.NewJID("100000000000002", types.HiddenUserServer)
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// linked makes a device and links it.
func linked(t testing.TB, k *keeper, jid types.JID) *wastore.Device {
	t.Helper()
	d := k.newDevice(quiet)
	d.ID, d.LID = &jid, types.JID{User: "100000000000001", Device: 7, Server: types.HiddenUserServer}
	d.Account = &waAdv.ADVSignedDeviceIdentity{Details: []byte("x"), AccountSignature: make([]byte, 64), AccountSignatureKey: make([]byte, 32), DeviceSignature: make([]byte, 64)}
	ok(t, d.Save(t.Context()))
	return d
}

func TestDeviceIsKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, again func() *keeper) {
		ctx := t.Context()
		if d := must(k.device(ctx, quiet))(t); d != nil {
			t.Fatal("there is a device before one was linked")
		}
		d := linked(t, k, ownJID)
		d.PushName = "Gateway"
		ok(t, d.Save(ctx), k.PutSession(ctx, "1:0", []byte("s")))
		k = again()
		back := must(k.device(ctx, quiet))(t)
		if back == nil || *back.ID != ownJID || back.LID != d.LID || back.PushName != "Gateway" || back.RegistrationID != d.RegistrationID {
			t.Fatalf("%+v", back)
		}
		for name, pair := range map[string][2][]byte{"noise": {d.NoiseKey.Priv[:], back.NoiseKey.Priv[:]}, "identity": {d.IdentityKey.Pub[:], back.IdentityKey.Pub[:]},
			"prekey": {d.SignedPreKey.Signature[:], back.SignedPreKey.Signature[:]}, "adv": {d.AdvSecretKey, back.AdvSecretKey}, "account": {d.Account.Details, back.Account.Details}} {
			if !bytes.Equal(pair[0], pair[1]) {
				t.Errorf("the %s is another one", name)
			}
		}
		// The same device stays with what it has; another one begins with nothing.
		ok(t, back.Save(ctx))
		if !must(k.HasSession(ctx, "1:0"))(t) {
			t.Error("saving the device took its sessions away")
		}
		linked(t, k, types.JID{User: "491700000009", Device: 1, Server: types.DefaultUserServer})
		if must(k.HasSession(ctx, "1:0"))(t) {
			t.Error("the sessions of another device were kept")
		}
		if was := must(k.forget(ctx))(t); !was {
			t.Error("there was a login")
		}
		if was := must(k.forget(ctx))(t); was || must(k.device(ctx, quiet))(t) != nil {
			t.Error("a login is left")
		}
	})
}

func TestAccountsAreApart(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		other := &keeper{state: &state{db: k.db, account: "other", now: time.Now}}
		ok(t, k.PutSession(t.Context(), "1:0", []byte("mine")), other.PutSession(t.Context(), "1:0", []byte("its")))
		must(other.forget(t.Context()))(t)
		if got := must(k.GetSession(t.Context(), "1:0"))(t); string(got) != "mine" {
			t.Errorf("%q", got)
		}
	})
}

func TestPreKeys(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, again func() *keeper) {
		ctx := t.Context()
		first := must(k.GetOrGenPreKeys(ctx, 5))(t)
		second := must(k.GetOrGenPreKeys(ctx, 7))(t)
		if len(first) != 5 || len(second) != 7 || *second[4].Priv != *first[4].Priv || second[6].KeyID != 7 {
			t.Fatalf("%d and %d keys", len(first), len(second))
		}
		ok(t, k.MarkPreKeysAsUploaded(ctx, 6))
		if n := must(k.UploadedPreKeyCount(ctx))(t); n != 6 {
			t.Errorf("%d are uploaded", n)
		}
		one := must(k.GenOnePreKey(ctx))(t)
		ok(t, k.RemovePreKey(ctx, 2))
		k = again()
		if n := must(k.UploadedPreKeyCount(ctx))(t); n != 6 || one.KeyID != 8 {
			t.Errorf("%d are uploaded, the new one is %d", n, one.KeyID)
		}
		if p := must(k.GetPreKey(ctx, 2))(t); p != nil {
			t.Error("a key that was used is there")
		}
		if p := must(k.GetPreKey(ctx, 8))(t); p == nil || *p.Priv != *one.Priv {
			t.Error("a key is lost")
		}
		if left := must(k.GetOrGenPreKeys(ctx, 2))(t); left[0].KeyID != 7 || left[1].KeyID != 9 {
			t.Errorf("%d and %d", left[0].KeyID, left[1].KeyID)
		}
	})
}

// Two devices talk, as the library has them talk, each with its own state, over a
// restart.
func TestSessionsOfTheLibrary(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, again func() *keeper) {
		ctx := t.Context()
		alice := linked(t, k, ownJID)
		k2 := &keeper{state: &state{db: k.db, account: "bob", now: time.Now}}
		bob := linked(t, k2, types.JID{User: "491700000002", Server: types.DefaultUserServer})
		one := must(k2.GetOrGenPreKeys(ctx, 1))(t)[0]
		s := wastore.SignalProtobufSerializer
		bobAt, aliceAt := bob.ID.SignalAddress(), alice.ID.SignalAddress()
		builder := session.NewBuilderFromSignal(alice, bobAt, s)
		ok(t, builder.ProcessBundle(ctx, prekey.NewBundle(bob.RegistrationID, 0, optional.NewOptionalUint32(one.KeyID), bob.SignedPreKey.KeyID,
			ecc.NewDjbECPublicKey(*one.Pub), ecc.NewDjbECPublicKey(*bob.SignedPreKey.Pub), *bob.SignedPreKey.Signature, identity.NewKey(ecc.NewDjbECPublicKey(*bob.IdentityKey.Pub)))))
		c := must(session.NewCipher(builder, bobAt).Encrypt(ctx, []byte("hello")))(t)
		pre := must(protocol.NewPreKeySignalMessageFromBytes(c.Serialize(), s.PreKeySignalMessage, s.SignalMessage))(t)
		got := must(session.NewCipher(session.NewBuilderFromSignal(bob, aliceAt, s), aliceAt).DecryptMessage(ctx, pre))(t)
		if string(got) != "hello" {
			t.Fatalf("%q", got)
		}
		if p := must(k2.GetPreKey(ctx, one.KeyID))(t); p != nil {
			t.Error("the prekey is still there")
		}
		// A group.
		name := protocol.NewSenderKeyName("team@g.us", aliceAt)
		give := must(groups.NewGroupSessionBuilder(alice, s).Create(ctx, name))(t)
		ok(t, groups.NewGroupSessionBuilder(bob, s).Process(ctx, name, give))

		k = again()
		alice = must(k.device(ctx, quiet))(t)
		k2 = &keeper{state: &state{db: k.db, account: "bob", now: time.Now}}
		bob = must(k2.device(ctx, quiet))(t)
		c = must(session.NewCipher(session.NewBuilderFromSignal(bob, aliceAt, s), aliceAt).Encrypt(ctx, []byte("and back")))(t)
		m := must(protocol.NewSignalMessageFromBytes(c.Serialize(), s.SignalMessage))(t)
		if got := must(session.NewCipher(session.NewBuilderFromSignal(alice, bobAt, s), bobAt).Decrypt(ctx, m))(t); string(got) != "and back" {
			t.Fatalf("%q", got)
		}
		said := must(groups.NewGroupCipher(groups.NewGroupSessionBuilder(alice, s), name, alice).Encrypt(ctx, []byte("all")))(t)
		sk := must(protocol.NewSenderKeyMessageFromBytes(said.(*protocol.SenderKeyMessage).SignedSerialize(), s.SenderKeyMessage))(t)
		if got := must(groups.NewGroupCipher(groups.NewGroupSessionBuilder(bob, s), name, bob).Decrypt(ctx, sk))(t); string(got) != "all" {
			t.Fatalf("%q", got)
		}
	})
}

func TestDecryptionIsWrittenAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, again func() *keeper) {
		ctx := t.Context()
		hash, broken := [32]byte{1}, errors.New("broken")
		decrypt := func(fail error) error {
			return k.DoDecryptionTxn(ctx, func(ctx context.Context) error {
				ok(t, k.PutSession(ctx, "1:0", []byte("next")))
				if got := must(k.GetSession(ctx, "1:0"))(t); string(got) != "next" {
					t.Errorf("within: %q", got)
				}
				if got := must(k.GetSession(t.Context(), "1:0"))(t); string(got) == "next" {
					t.Error("others see what is not written")
				}
				ok(t, k.PutBufferedEvent(ctx, hash, []byte("plain"), time.Unix(1, 0)))
				return fail
			})
		}
		ok(t, k.PutSession(ctx, "1:0", []byte("first")))
		if err := decrypt(broken); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if got := must(k.GetSession(ctx, "1:0"))(t); string(got) != "first" {
			t.Errorf("%q stands after a failure", got)
		}
		ok(t, decrypt(nil))
		k = again()
		e := must(k.GetBufferedEvent(ctx, hash))(t)
		if got := must(k.GetSession(ctx, "1:0"))(t); string(got) != "next" || string(e.Plaintext) != "plain" || !e.ServerTime.Equal(time.Unix(1, 0)) {
			t.Fatalf("%q and %+v", got, e)
		}
		ok(t, k.ClearBufferedEventPlaintext(ctx, hash))
		if e := must(k.GetBufferedEvent(ctx, hash))(t); e == nil || e.Plaintext != nil {
			t.Errorf("%+v: want a message that is known, without its text", e)
		}
	})
}

func TestNumbersAndHiddenNumbers(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		ctx := t.Context()
		if lid := must(k.GetLIDForPN(ctx, annPN))(t); !lid.IsEmpty() {
			t.Errorf("%s", lid)
		}
		ok(t, k.PutManyLIDMappings(ctx, []wastore.LIDMapping{{LID: annLID, PN: annPN}, {LID: annPN, PN: annPN}}))
		device := annLID
		device.Device = 3
		if pn := must(k.GetPNForLID(ctx, device))(t); pn.User != annPN.User || pn.Device != 3 || pn.Server != types.DefaultUserServer {
			t.Errorf("%s", pn)
		}
		// Somebody else has got the number.
		next := types.NewJID("100000000000003", types.HiddenUserServer)
		ok(t, k.PutLIDMapping(ctx, next, annPN))
		if pn := must(k.GetPNForLID(ctx, annLID))(t); !pn.IsEmpty() {
			t.Errorf("%s is still behind the old one", pn)
		}
		if got := must(k.GetManyLIDsForPNs(ctx, []types.JID{annPN, ownJID.ToNonAD()}))(t); len(got) != 1 || got[annPN] != next {
			t.Errorf("%v", got)
		}

		// Secrets are found by either.
		group := types.NewJID("123", types.GroupServer)
		ok(t, k.PutMessageSecret(ctx, group, next, "A", []byte("secret")), k.PutMessageSecret(ctx, group, next, "A", []byte("other")))
		secret, by, err := k.GetMessageSecret(ctx, group, annPN, "A")
		if err != nil || string(secret) != "secret" || by != next {
			t.Errorf("%q by %s, %v", secret, by, err)
		}
		if secret, _, err := k.GetMessageSecret(ctx, group, annLID, "A"); secret != nil || err != nil {
			t.Errorf("%q, %v", secret, err)
		}
		ok(t, k.PutPrivacyTokens(ctx, wastore.PrivacyToken{User: next, Token: []byte("old"), Timestamp: time.Unix(1, 0)}, wastore.PrivacyToken{User: annPN, Token: []byte("new"), Timestamp: time.Unix(2, 0)}))
		if tok := must(k.GetPrivacyToken(ctx, next))(t); string(tok.Token) != "new" || !tok.Timestamp.Equal(time.Unix(2, 0)) {
			t.Errorf("%+v", tok)
		}

		// Sessions move along.
		ok(t, k.PutSession(ctx, annPN.User+":0", []byte("0")), k.PutSession(ctx, annPN.User+":12", []byte("12")), k.PutSession(ctx, annPN.User+"5:0", []byte("another's")),
			k.PutIdentity(ctx, annPN.User+":0", [32]byte{5}), k.PutSenderKey(ctx, group.String(), annPN.User+":12", []byte("group")))
		ok(t, k.MigratePNToLID(ctx, annPN, next))
		got := must(k.GetManySessions(ctx, []string{next.User + "_1:0", next.User + "_1:12", annPN.User + ":0", annPN.User + "5:0"}))(t)
		want := map[string][]byte{next.User + "_1:0": []byte("0"), next.User + "_1:12": []byte("12"), annPN.User + ":0": nil, annPN.User + "5:0": []byte("another's")}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q", got)
		}
		if !must(k.IsTrustedIdentity(ctx, next.User+"_1:0", [32]byte{5}))(t) || must(k.IsTrustedIdentity(ctx, next.User+"_1:0", [32]byte{6}))(t) {
			t.Error("identities did not move")
		}
		if v := must(k.GetSenderKey(ctx, group.String(), next.User+"_1:12"))(t); string(v) != "group" {
			t.Errorf("%q", v)
		}
	})
}

func TestPeopleAndChats(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		ctx := t.Context()
		ok(t, k.PutAllContactNames(ctx, []wastore.ContactEntry{{JID: annPN, FirstName: "Ann", FullName: "Ann Example"}}))
		if changed, before, err := k.PutPushName(ctx, annPN, "ann"); !changed || before != "" || err != nil {
			t.Error(changed, before, err)
		}
		if changed, _, err := k.PutPushName(ctx, annPN, "ann"); changed || err != nil {
			t.Error(changed, err)
		}
		ok(t, k.PutContactName(ctx, annPN, "Ann", "Ann Example"), k.PutManyRedactedPhones(ctx, []wastore.RedactedPhoneEntry{{JID: annLID, RedactedPhone: "+49∙∙2"}}))
		all := must(k.GetAllContacts(ctx))(t)
		if want := (types.ContactInfo{Found: true, FirstName: "Ann", FullName: "Ann Example", PushName: "ann"}); all[annPN] != want || len(all) != 2 {
			t.Errorf("%+v", all)
		}
		ok(t, k.PutPinned(ctx, annPN, true), k.PutMutedUntil(ctx, annPN, wastore.MutedForever))
		if c := must(k.GetChatSettings(ctx, annPN))(t); !c.Found || !c.Pinned || c.Archived || !c.MutedUntil.Equal(wastore.MutedForever) {
			t.Errorf("%+v", c)
		}
	})
}

func TestAppState(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		ctx := t.Context()
		if id, err := k.GetLatestAppStateSyncKeyID(ctx); id != nil || err != nil {
			t.Error(id, err)
		}
		ok(t, k.PutAppStateSyncKey(ctx, []byte{9}, wastore.AppStateSyncKey{Data: []byte("a"), Timestamp: 5}), k.PutAppStateSyncKey(ctx, []byte{1}, wastore.AppStateSyncKey{Data: []byte("b"), Timestamp: 7}),
			k.PutAppStateSyncKey(ctx, []byte{9}, wastore.AppStateSyncKey{Data: []byte("older"), Timestamp: 4}))
		if id := must(k.GetLatestAppStateSyncKeyID(ctx))(t); !bytes.Equal(id, []byte{1}) {
			t.Errorf("%v", id)
		}
		if key := must(k.GetAppStateSyncKey(ctx, []byte{9}))(t); string(key.Data) != "a" || key.Timestamp != 5 {
			t.Errorf("%+v", key)
		}
		a, b := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
		ok(t, k.PutAppStateVersion(ctx, "regular", 1, [128]byte{1}), k.PutAppStateMutationMACs(ctx, "regular", 1, []wastore.AppStateMutationMAC{{IndexMAC: a, ValueMAC: a}, {IndexMAC: b, ValueMAC: a}}),
			k.PutAppStateMutationMACs(ctx, "regular", 2, []wastore.AppStateMutationMAC{{IndexMAC: a, ValueMAC: b}}), k.DeleteAppStateMutationMACs(ctx, "regular", [][]byte{b}))
		if v := must(k.GetAppStateMutationMAC(ctx, "regular", a))(t); !bytes.Equal(v, b) {
			t.Errorf("%v", v)
		}
		if v := must(k.GetAppStateMutationMAC(ctx, "regular", b))(t); v != nil {
			t.Errorf("%v", v)
		}
		ok(t, k.DeleteAppStateVersion(ctx, "regular"))
		version, _, err := k.GetAppStateVersion(ctx, "regular")
		if v := must(k.GetAppStateMutationMAC(ctx, "regular", a))(t); version != 0 || err != nil || v != nil {
			t.Error(version, err, v)
		}
	})
}

func TestWhatIsOldIsForgotten(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		ctx := t.Context()
		now := time.Now()
		k.now = func() time.Time { return now.Add(-keepEvents - time.Hour) }
		ok(t, k.PutBufferedEvent(ctx, [32]byte{1}, nil, now), k.PutMessageSecret(ctx, annPN, annPN, "A", []byte("s")), k.PutSession(ctx, "1:0", []byte("s")))
		k.now = func() time.Time { return now }
		ok(t, k.PutBufferedEvent(ctx, [32]byte{2}, nil, now), k.prune(ctx))
		if must(k.GetBufferedEvent(ctx, [32]byte{1}))(t) != nil || must(k.GetBufferedEvent(ctx, [32]byte{2}))(t) == nil {
			t.Error("the wrong messages are known")
		}
		k.now = func() time.Time { return now.Add(keepSecrets) }
		ok(t, k.prune(ctx))
		if s, _, err := k.GetMessageSecret(ctx, annPN, annPN, "A"); s != nil || err != nil {
			t.Errorf("%q, %v", s, err)
		}
		if !must(k.HasSession(ctx, "1:0"))(t) {
			t.Error("a session was forgotten")
		}
	})
}
