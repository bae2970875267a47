package channels

import (
	"encoding/json"
	"time"
)

// Target is where a message goes.
type Target struct {
	Chat   string `json:"chat"`             // as the service names it; order is kept per chat
	Thread string `json:"thread,omitempty"` // or topic within it
	// Type is who is in the chat, where the name of the chat says so; "" is one
	// person.
	Type ChatType `json:"type,omitempty"`
}

// Message is what goes out, whatever the channel.
type Message struct {
	ID      string // of the outbox
	To      Target
	Text    string // Markdown
	Media   []string
	GIF     bool // videos play as looping pictures
	ReplyTo string
	Poll    *Poll // instead of all but To and ReplyTo
}

// Poll is a question with options.
type Poll struct {
	Question string        `json:"question"`
	Options  []string      `json:"options"`
	Choices  int           `json:"choices"` // how many options one may choose
	Open     time.Duration `json:"open,omitempty"`
}

// Part is what one call to a service delivers. It is kept as JSON until then.
type Part struct {
	// ID is the part's own, the same for each try.
	ID      string `json:"id"`
	To      Target `json:"to"`
	Text    string `json:"text,omitempty"`  // in the channel's dialect; of a medium, its caption
	Plain   string `json:"plain,omitempty"` // the same without any dialect
	Media   string `json:"media,omitempty"` // address of a file
	GIF     bool   `json:"gif,omitempty"`
	ReplyTo string `json:"replyTo,omitempty"`
	Poll    *Poll  `json:"poll,omitempty"`
}

// Receipt is what a service said of a part that it took.
type Receipt struct {
	MessageID      string `json:"messageId"`
	ChatID         string `json:"chatId,omitempty"`
	ChannelID      string `json:"channelId,omitempty"`
	ToJID          string `json:"toJid,omitempty"`
	ConversationID string `json:"conversationId,omitempty"`
	PollID         string `json:"pollId,omitempty"`
	// Said is further data of the service, for the record.
	Said json.RawMessage `json:"said,omitempty"`
}

// ChatType is who is in a chat.
type ChatType string

// The types.
const (
	Direct  ChatType = "direct"  // one person
	Group   ChatType = "group"   // several people
	Channel ChatType = "channel" // a room of a messenger that has such
)

// Inbound is a message that came in. It is kept as JSON until it was handed to
// the agent.
type Inbound struct {
	// ID is the message's own within its chat. An edited message keeps its id.
	ID       string    `json:"id"`
	Chat     Chat      `json:"chat"`
	Sender   Sender    `json:"sender"`
	Text     string    `json:"text,omitempty"`
	Media    []Media   `json:"media,omitempty"`
	Quoted   string    `json:"quoted,omitempty"` // text of the message that this one replies to
	QuotedBy string    `json:"quotedBy,omitempty"`
	At       time.Time `json:"at,omitzero"`
	// Addressed is set when a group's message names the bot or replies to it.
	Addressed bool `json:"addressed,omitempty"`
}

// Chat is where a message was said.
type Chat struct {
	ID     string   `json:"id"`
	Type   ChatType `json:"type"`
	Title  string   `json:"title,omitempty"`
	Thread string   `json:"thread,omitempty"` // or topic within it
}

// Sender is who said it.
type Sender struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Username string   `json:"username,omitempty"`
	Aliases  []string `json:"aliases,omitempty"` // further ids that allow-lists may have
}

// Media is a file that came with a message.
type Media struct {
	Ref  string `json:"ref"` // for Fetcher; for other accounts an address
	MIME string `json:"mime,omitempty"`
	Name string `json:"name,omitempty"`
	Size int64  `json:"size,omitempty"`
	// Kind is the word that stands for the file where it cannot be shown: "voice
	// message".
	Kind string `json:"kind,omitempty"`
}
