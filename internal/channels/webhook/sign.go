package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request.
const (
	TimestampHeader = "X-Gatesmith-Timestamp" // seconds since 1970
	SignatureHeader = "X-Gatesmith-Signature" // v1=<hex of the HMAC-SHA256 of timestamp.body>
	DeliveryHeader  = "X-Gatesmith-Delivery"  // the message's id, the same for each try
)

// Signature signs a body as of a time.
func Signature(secret []byte, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp))
	mac.Write([]byte("."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Sign adds the headers to a request.
func Sign(h http.Header, secret, body []byte, now time.Time) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h.Set(TimestampHeader, timestamp)
	h.Set(SignatureHeader, Signature(secret, timestamp, body))
}

var errSignature = errors.New("the signature is not that of this body: sign <timestamp>.<body> with the account's secret")

// Verify checks the headers of a request. Several signatures may be given, with
// commas between, so that a secret can be changed.
func Verify(h http.Header, secret, body []byte, now time.Time, window time.Duration) error {
	timestamp := h.Get(TimestampHeader)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("the header %s is missing or no number of seconds", TimestampHeader)
	}
	// Compared first: what is wrong with the clock is told to those who know the
	// secret only.
	want, found := []byte(Signature(secret, timestamp, body)), false
	for one := range strings.SplitSeq(h.Get(SignatureHeader), ",") {
		found = hmac.Equal([]byte(strings.TrimSpace(one)), want) || found
	}
	if !found {
		return errSignature
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > window {
		return fmt.Errorf("the request was signed %s away from the gateway's time, and may be %s: check the clocks", off.Round(time.Second), window)
	}
	return nil
}
