package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	goccy "github.com/goccy/go-json"
)

// This file has what the other decoders decode into: structs as one writes
// them by hand, with the same information as ours. So members that may be
// absent are pointers, and params wait undecoded until the method is known.
// A union is one struct with the members of all its variants, but where the
// variants would clash it waits for its tag too.

type decodeFunc func(data []byte, v any) error

func stdDecode(data []byte, v any) error   { return json.Unmarshal(data, v) }
func v2Decode(data []byte, v any) error    { return v2.Unmarshal(data, v) }
func goccyDecode(data []byte, v any) error { return goccy.Unmarshal(data, v) }

var errUnknown = errors.New("unknown")

func plain[Content any](decode decodeFunc) func(testing.TB) prepare {
	into := func(make func() any) func(data []byte) error {
		return func(data []byte) error { return decode(data, make()) }
	}
	return always(func(m *Message) func(data []byte) error {
		if m.Frame {
			return func(data []byte) error { return decodeFrame(decode, data) }
		}
		switch m.Definition {
		case "ConnectParams":
			return into(func() any { return new(plainConnect) })
		case "ChatHistoryResult":
			return into(func() any { return new(plainHistory[Content]) })
		case "AgentEvent":
			return func(data []byte) error { return decodeAgentEvent(decode, data) }
		case "ChatEvent":
			return into(func() any { return new(plainChatEvent) })
		case "ResponseFrame":
			return into(func() any { return new(plainResponse) })
		}
		panic("no struct for " + m.Definition)
	})
}

// lean is the least that another decoder can do with an agent request: the
// method is known beforehand, and absent is the same as empty.
func lean(decode decodeFunc) func(testing.TB) prepare {
	return always(func(m *Message) func(data []byte) error {
		if m.Definition != "AgentParams" {
			return nil
		}
		return func(data []byte) error { return decode(data, new(leanFrame)) }
	})
}

type plainFrame struct {
	Type   string          `json:"type"`
	ID     string          `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

func decodeFrame(decode decodeFunc, data []byte) error {
	var f plainFrame
	if err := decode(data, &f); err != nil {
		return err
	}
	var params any
	switch f.Method {
	case "health":
		params = new(plainHealth)
	case "agent":
		params = new(plainAgent)
	case "send":
		params = new(plainSend)
	case "poll":
		params = new(plainPoll)
	case "sessions.patch":
		params = new(plainSessionsPatch)
	case "cron.add":
		params = new(plainCronAdd)
	case "config.set":
		params = new(plainConfigSet)
	default:
		return errUnknown
	}
	return decode(f.Params, params)
}

func decodeAgentEvent(decode decodeFunc, data []byte) error {
	var e plainAgentEvent[json.RawMessage]
	if err := decode(data, &e); err != nil {
		return err
	}
	switch e.Stream {
	case "message":
		return decode(e.Data, new(plainAgentMsg))
	}
	return errUnknown
}

// The content of a message is text or blocks. Each library decodes it itself.
type (
	plainContent struct {
		Text   string
		Blocks []plainBlock
	}
	stdContent   struct{ plainContent }
	goccyContent struct{ plainContent }
	v2Content    struct{ plainContent }
)

func (c *plainContent) decode(decode decodeFunc, data []byte) error {
	if bytes.HasPrefix(data, []byte{'"'}) {
		return decode(data, &c.Text)
	}
	return decode(data, &c.Blocks)
}

func (c *stdContent) UnmarshalJSON(data []byte) error   { return c.decode(stdDecode, data) }
func (c *goccyContent) UnmarshalJSON(data []byte) error { return c.decode(goccyDecode, data) }

func (c *v2Content) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '"' {
		return v2.UnmarshalDecode(d, &c.Text)
	}
	return v2.UnmarshalDecode(d, &c.Blocks)
}

type plainBlock struct {
	Type      string          `json:"type"`
	Text      *string         `json:"text"`
	Thinking  *string         `json:"thinking"`
	ID        *string         `json:"id"`
	Name      *string         `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Data      *string         `json:"data"`
	MimeType  *string         `json:"mimeType"`
}

type plainHealth struct {
	Probe *bool `json:"probe,omitempty"`
}

type plainAgent struct {
	Message           string            `json:"message"`
	AgentID           *string           `json:"agentId,omitempty"`
	SessionID         *string           `json:"sessionId,omitempty"`
	SessionKey        *string           `json:"sessionKey,omitempty"`
	To                *string           `json:"to,omitempty"`
	Channel           *string           `json:"channel,omitempty"`
	AccountID         *string           `json:"accountId,omitempty"`
	Thinking          *string           `json:"thinking,omitempty"`
	Deliver           *bool             `json:"deliver,omitempty"`
	Attachments       []plainAttachment `json:"attachments"`
	Timeout           *int64            `json:"timeout,omitempty"`
	Lane              *string           `json:"lane,omitempty"`
	ExtraSystemPrompt *string           `json:"extraSystemPrompt,omitempty"`
	ReplyTo           *string           `json:"replyTo,omitempty"`
	ReplyChannel      *string           `json:"replyChannel,omitempty"`
	ReplyAccountID    *string           `json:"replyAccountId,omitempty"`
	ThreadID          *string           `json:"threadId,omitempty"`
	GroupID           *string           `json:"groupId,omitempty"`
	GroupChannel      *string           `json:"groupChannel,omitempty"`
	GroupSpace        *string           `json:"groupSpace,omitempty"`
	Label             *string           `json:"label,omitempty"`
	SpawnedBy         *string           `json:"spawnedBy,omitempty"`
	IdempotencyKey    string            `json:"idempotencyKey"`
}

type plainAttachment struct {
	Type     *string `json:"type,omitempty"`
	MimeType *string `json:"mimeType,omitempty"`
	FileName *string `json:"fileName,omitempty"`
	Content  string  `json:"content"`
}

type plainSend struct {
	To             string   `json:"to"`
	Message        string   `json:"message"`
	MediaURL       *string  `json:"mediaUrl,omitempty"`
	MediaURLs      []string `json:"mediaUrls"`
	GifPlayback    *bool    `json:"gifPlayback,omitempty"`
	Channel        *string  `json:"channel,omitempty"`
	AccountID      *string  `json:"accountId,omitempty"`
	SessionKey     *string  `json:"sessionKey,omitempty"`
	IdempotencyKey string   `json:"idempotencyKey"`
}

type plainPoll struct {
	To             string   `json:"to"`
	Question       string   `json:"question"`
	Options        []string `json:"options"`
	MaxSelections  *int64   `json:"maxSelections,omitempty"`
	DurationHours  *int64   `json:"durationHours,omitempty"`
	Channel        *string  `json:"channel,omitempty"`
	AccountID      *string  `json:"accountId,omitempty"`
	IdempotencyKey string   `json:"idempotencyKey"`
}

type plainSessionsPatch struct {
	Key             string  `json:"key"`
	Label           *string `json:"label,omitempty"`
	ThinkingLevel   *string `json:"thinkingLevel,omitempty"`
	ResponseUsage   *string `json:"responseUsage,omitempty"`
	Model           *string `json:"model,omitempty"`
	VerboseLevel    *string `json:"verboseLevel,omitempty"`
	ReasoningLevel  *string `json:"reasoningLevel,omitempty"`
	ElevatedLevel   *string `json:"elevatedLevel,omitempty"`
	ExecHost        *string `json:"execHost,omitempty"`
	ExecSecurity    *string `json:"execSecurity,omitempty"`
	ExecAsk         *string `json:"execAsk,omitempty"`
	ExecNode        *string `json:"execNode,omitempty"`
	SpawnedBy       *string `json:"spawnedBy,omitempty"`
	SendPolicy      *string `json:"sendPolicy,omitempty"`
	GroupActivation *string `json:"groupActivation,omitempty"`
}

type plainCronAdd struct {
	Name           string            `json:"name"`
	Description    *string           `json:"description,omitempty"`
	AgentID        *string           `json:"agentId,omitempty"`
	Enabled        *bool             `json:"enabled,omitempty"`
	DeleteAfterRun *bool             `json:"deleteAfterRun,omitempty"`
	Schedule       plainCronSchedule `json:"schedule"`
	SessionTarget  *string           `json:"sessionTarget,omitempty"`
	WakeMode       *string           `json:"wakeMode,omitempty"`
	Payload        plainCronPayload  `json:"payload"`
	Isolation      *plainIsolation   `json:"isolation,omitempty"`
}

type plainCronSchedule struct {
	Kind     string  `json:"kind"`
	AtMs     *int64  `json:"atMs,omitempty"`
	EveryMs  *int64  `json:"everyMs,omitempty"`
	AnchorMs *int64  `json:"anchorMs,omitempty"`
	Expr     *string `json:"expr,omitempty"`
	TZ       *string `json:"tz,omitempty"`
}

type plainCronPayload struct {
	Kind              string  `json:"kind"`
	Text              *string `json:"text,omitempty"`
	Message           *string `json:"message,omitempty"`
	Model             *string `json:"model,omitempty"`
	Thinking          *string `json:"thinking,omitempty"`
	TimeoutSeconds    *int64  `json:"timeoutSeconds,omitempty"`
	Deliver           *bool   `json:"deliver,omitempty"`
	Channel           *string `json:"channel,omitempty"`
	To                *string `json:"to,omitempty"`
	BestEffortDeliver *bool   `json:"bestEffortDeliver,omitempty"`
}

type plainIsolation struct {
	PostToMainPrefix   *string `json:"postToMainPrefix,omitempty"`
	PostToMainMode     *string `json:"postToMainMode,omitempty"`
	PostToMainMaxChars *int64  `json:"postToMainMaxChars,omitempty"`
}

type plainConfigSet struct {
	Raw      string  `json:"raw"`
	BaseHash *string `json:"baseHash,omitempty"`
}

type plainConnect struct {
	MinProtocol int64           `json:"minProtocol"`
	MaxProtocol int64           `json:"maxProtocol"`
	Client      plainClient     `json:"client"`
	Caps        []string        `json:"caps"`
	Commands    []string        `json:"commands"`
	Permissions map[string]bool `json:"permissions"`
	PathEnv     *string         `json:"pathEnv,omitempty"`
	Role        *string         `json:"role,omitempty"`
	Scopes      []string        `json:"scopes"`
	Device      *plainDevice    `json:"device,omitempty"`
	Auth        *plainAuth      `json:"auth,omitempty"`
	Locale      *string         `json:"locale,omitempty"`
	UserAgent   *string         `json:"userAgent,omitempty"`
}

type plainClient struct {
	ID              string  `json:"id"`
	DisplayName     *string `json:"displayName,omitempty"`
	Version         string  `json:"version"`
	Platform        string  `json:"platform"`
	DeviceFamily    *string `json:"deviceFamily,omitempty"`
	ModelIdentifier *string `json:"modelIdentifier,omitempty"`
	Mode            string  `json:"mode"`
	InstanceID      *string `json:"instanceId,omitempty"`
}

type plainDevice struct {
	ID        string  `json:"id"`
	PublicKey string  `json:"publicKey"`
	Signature string  `json:"signature"`
	SignedAt  int64   `json:"signedAt"`
	Nonce     *string `json:"nonce,omitempty"`
}

type plainAuth struct {
	Token    *string `json:"token,omitempty"`
	Password *string `json:"password,omitempty"`
}

type plainHistory[Content any] struct {
	SessionKey    string                  `json:"sessionKey"`
	SessionID     *string                 `json:"sessionId,omitempty"`
	Messages      []plainMessage[Content] `json:"messages"`
	ThinkingLevel *string                 `json:"thinkingLevel,omitempty"`
}

type plainMessage[Content any] struct {
	Role       string      `json:"role"`
	Content    Content     `json:"content"`
	Timestamp  *int64      `json:"timestamp,omitempty"`
	StopReason *string     `json:"stopReason,omitempty"`
	Usage      *plainUsage `json:"usage,omitempty"`
	Provider   *string     `json:"provider,omitempty"`
	Model      *string     `json:"model,omitempty"`
	API        *string     `json:"api,omitempty"`
	ToolCallID *string     `json:"toolCallId,omitempty"`
	ToolName   *string     `json:"toolName,omitempty"`
	IsError    *bool       `json:"isError,omitempty"`
}

type plainUsage struct {
	Input       *int64     `json:"input,omitempty"`
	Output      *int64     `json:"output,omitempty"`
	CacheRead   *int64     `json:"cacheRead,omitempty"`
	CacheWrite  *int64     `json:"cacheWrite,omitempty"`
	Total       *int64     `json:"total,omitempty"`
	TotalTokens *int64     `json:"totalTokens,omitempty"`
	Cost        *plainCost `json:"cost,omitempty"`
}

type plainCost struct {
	Input      *float64 `json:"input,omitempty"`
	Output     *float64 `json:"output,omitempty"`
	CacheRead  *float64 `json:"cacheRead,omitempty"`
	CacheWrite *float64 `json:"cacheWrite,omitempty"`
	Total      *float64 `json:"total,omitempty"`
}

type plainAgentEvent[Data any] struct {
	RunID      string  `json:"runId"`
	Seq        int64   `json:"seq"`
	Stream     string  `json:"stream"`
	TS         int64   `json:"ts"`
	SessionKey *string `json:"sessionKey,omitempty"`
	Data       Data    `json:"data"`
}

type plainAgentMsg struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type plainChatEvent struct {
	RunID        string            `json:"runId"`
	SessionKey   string            `json:"sessionKey"`
	Seq          int64             `json:"seq"`
	State        string            `json:"state"`
	ErrorMessage *string           `json:"errorMessage,omitempty"`
	Usage        *plainUsage       `json:"usage,omitempty"`
	StopReason   *string           `json:"stopReason,omitempty"`
	Message      *plainChatMessage `json:"message,omitempty"`
}

type plainChatMessage struct {
	Role       string      `json:"role"`
	Content    string      `json:"content"`
	Timestamp  *int64      `json:"timestamp,omitempty"`
	StopReason *string     `json:"stopReason,omitempty"`
	Usage      *plainUsage `json:"usage,omitempty"`
}

type plainResponse struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	OK      bool            `json:"ok"`
	Payload json.RawMessage `json:"payload"`
	Error   *plainError     `json:"error,omitempty"`
}

type plainError struct {
	Code         string          `json:"code"`
	Message      string          `json:"message"`
	Details      json.RawMessage `json:"details"`
	Retryable    *bool           `json:"retryable,omitempty"`
	RetryAfterMs *int64          `json:"retryAfterMs,omitempty"`
}

type plainEventFrame[P any] struct {
	Type    string `json:"type"`
	Event   string `json:"event"`
	Payload P      `json:"payload"`
	Seq     *int64 `json:"seq,omitempty"`
}

type leanFrame struct {
	Type   string    `json:"type"`
	ID     string    `json:"id"`
	Method string    `json:"method"`
	Params leanAgent `json:"params"`
}

type leanAgent struct {
	Message           string            `json:"message"`
	AgentID           string            `json:"agentId"`
	SessionID         string            `json:"sessionId"`
	SessionKey        string            `json:"sessionKey"`
	To                string            `json:"to"`
	Channel           string            `json:"channel"`
	AccountID         string            `json:"accountId"`
	Thinking          string            `json:"thinking"`
	Deliver           bool              `json:"deliver"`
	Attachments       []plainAttachment `json:"attachments"`
	Timeout           int64             `json:"timeout"`
	Lane              string            `json:"lane"`
	ExtraSystemPrompt string            `json:"extraSystemPrompt"`
	ReplyTo           string            `json:"replyTo"`
	ReplyChannel      string            `json:"replyChannel"`
	ReplyAccountID    string            `json:"replyAccountId"`
	ThreadID          string            `json:"threadId"`
	GroupID           string            `json:"groupId"`
	GroupChannel      string            `json:"groupChannel"`
	GroupSpace        string            `json:"groupSpace"`
	Label             string            `json:"label"`
	SpawnedBy         string            `json:"spawnedBy"`
	IdempotencyKey    string            `json:"idempotencyKey"`
}
