package llmtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Reply is what a fake does with a request.
type Reply struct {
	Status int               // other than 0: refuse with it
	Header map[string]string // beside the usual ones
	Body   string            // of a refusal; "": one in the API's form, with Kind
	Kind   string            // type of the error of a refusal, or of FaultTold; "": overloaded_error

	Delay time.Duration   // before the headers
	Gate  <-chan struct{} // wait for it before the headers
	Every time.Duration   // between two pieces

	Thinking []string // pieces of reasoning
	Field    string   // of the reasoning, with OpenAI's API; "": reasoning_content
	Text     []string // pieces of the answer
	Tools    []Tool
	Stop     string // the API's reason to stop; "": the fitting one
	Usage    Usage
	NoUsage  bool

	Fault Fault
	After int // pieces until the fault
}

// Tool is a call in a reply.
type Tool struct {
	ID, Name  string
	Arguments []string // pieces of the JSON object
}

// Usage is what a reply says of tokens; all zero: 10 in and 5 out.
type Usage struct{ Input, Output, CacheRead, CacheWrite int }

// Fault is what goes wrong in the middle of a reply.
type Fault int

// The faults.
const (
	FaultNone       Fault = iota
	FaultStall            // nothing more comes
	FaultDisconnect       // the connection is cut
	FaultEnd              // the stream ends in good order, but too early
	FaultMalformed        // a piece is no JSON
	FaultTold             // the service tells of an error inside the stream
)

// player plays one reply.
type player struct {
	service *Service
	w       http.ResponseWriter
	r       *http.Request
	reply   *Reply
	model   string
}

func (p *player) play() {
	r := p.reply
	if r.Usage == (Usage{}) {
		r.Usage = Usage{Input: 10, Output: 5}
	}
	if r.Kind == "" {
		r.Kind = "overloaded_error"
	}
	if r.Gate != nil {
		select {
		case <-r.Gate:
		case <-p.r.Context().Done():
			return
		}
	}
	if !p.wait(r.Delay) {
		return
	}
	for name, value := range r.Header {
		p.w.Header().Set(name, value)
	}
	if r.Status != 0 {
		body := r.Body
		if body == "" {
			body = p.service.errorBody(r.Kind, r.Kind, "the fake was told to refuse")
		}
		refuse(p.w, r.Status, body)
		return
	}
	p.w.Header().Set("Content-Type", "text/event-stream")
	var head, pieces, tail []string
	if p.service.api == Anthropic {
		head, pieces, tail = p.anthropic()
	} else {
		head, pieces, tail = p.openai()
	}
	if !p.send(head...) {
		return
	}
	for k, piece := range pieces {
		if r.Fault != FaultNone && k == r.After {
			p.fail()
			return
		}
		if k > 0 && !p.wait(r.Every) {
			return
		}
		if !p.send(piece) {
			return
		}
	}
	if r.Fault != FaultNone {
		p.fail()
		return
	}
	p.send(tail...)
}

// fail is the fault.
func (p *player) fail() {
	switch p.reply.Fault {
	case FaultStall:
		<-p.r.Context().Done()
	case FaultDisconnect:
		panic(http.ErrAbortHandler)
	case FaultMalformed:
		p.send("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",oops\n\n")
	case FaultTold:
		p.send("event: error\ndata: " + p.service.errorBody(p.reply.Kind, p.reply.Kind, "the fake was told to fail") + "\n\n")
	}
}

func (p *player) send(frames ...string) bool {
	for _, frame := range frames {
		if _, err := io.WriteString(p.w, frame); err != nil {
			return false
		}
		if f, ok := p.w.(http.Flusher); ok {
			f.Flush()
		}
	}
	return true
}

func (p *player) wait(d time.Duration) bool {
	if d <= 0 {
		return p.r.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.r.Context().Done():
		return false
	}
}

func event(kind, rest string) string {
	return "event: " + kind + "\ndata: {\"type\":" + quote(kind) + rest + "}\n\n"
}

// anthropic writes the reply as events of the Messages API.
func (p *player) anthropic() (head, pieces, tail []string) {
	r := p.reply
	usage := ""
	if !r.NoUsage {
		usage = fmt.Sprintf(`,"usage":{"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":1}`, r.Usage.Input, r.Usage.CacheWrite, r.Usage.CacheRead)
	}
	head = []string{
		event("message_start", `,"message":{"id":"msg_test","type":"message","role":"assistant","model":`+quote(p.model)+`,"content":[],"stop_reason":null,"stop_sequence":null`+usage+`}`),
		event("ping", ""),
	}
	index := 0
	block := func(start string, deltas []string) {
		at := fmt.Sprintf(`,"index":%d`, index)
		index++
		for k, d := range deltas {
			frame := event("content_block_delta", at+`,"delta":`+d)
			if k == 0 {
				frame = event("content_block_start", at+`,"content_block":`+start) + frame
			}
			if k == len(deltas)-1 {
				frame += event("content_block_stop", at)
			}
			pieces = append(pieces, frame)
		}
	}
	if len(r.Thinking) > 0 {
		deltas := each(r.Thinking, func(s string) string { return `{"type":"thinking_delta","thinking":` + quote(s) + `}` })
		block(`{"type":"thinking","thinking":"","signature":""}`, append(deltas, `{"type":"signature_delta","signature":"c2lnbmVk"}`))
	}
	if len(r.Text) > 0 {
		block(`{"type":"text","text":""}`, each(r.Text, func(s string) string { return `{"type":"text_delta","text":` + quote(s) + `}` }))
	}
	stop := "end_turn"
	for _, t := range r.Tools {
		stop = "tool_use"
		block(`{"type":"tool_use","id":`+quote(t.ID)+`,"name":`+quote(t.Name)+`,"input":{}}`,
			each(append([]string{""}, t.Arguments...), func(s string) string { return `{"type":"input_json_delta","partial_json":` + quote(s) + `}` }))
	}
	if r.Stop != "" {
		stop = r.Stop
	}
	usage = ""
	if !r.NoUsage {
		usage = fmt.Sprintf(`,"usage":{"output_tokens":%d}`, r.Usage.Output)
	}
	tail = []string{
		event("message_delta", `,"delta":{"stop_reason":`+quote(stop)+`,"stop_sequence":null}`+usage),
		event("message_stop", ""),
	}
	return head, pieces, tail
}

// openai writes the reply as chunks of the Chat Completions API.
func (p *player) openai() (head, pieces, tail []string) {
	r := p.reply
	chunk := func(choices, rest string) string {
		return `data: {"id":"chatcmpl-test","object":"chat.completion.chunk","created":1700000000,"model":` + quote(p.model) + `,"choices":[` + choices + `]` + rest + "}\n\n"
	}
	delta := func(members string) string {
		return chunk(`{"index":0,"delta":{`+members+`},"finish_reason":null}`, "")
	}
	head = []string{": processing\n\n", delta(`"role":"assistant","content":""`)}
	field := "reasoning_content"
	if r.Field != "" {
		field = r.Field
	}
	for _, s := range r.Thinking {
		pieces = append(pieces, delta(`"content":null,`+quote(field)+`:`+quote(s)))
	}
	for _, s := range r.Text {
		pieces = append(pieces, delta(`"content":`+quote(s)))
	}
	stop := "stop"
	for k, t := range r.Tools {
		stop = "tool_calls"
		pieces = append(pieces, delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"id":%s,"type":"function","function":{"name":%s,"arguments":""}}]`, k, quote(t.ID), quote(t.Name))))
		for _, s := range t.Arguments {
			pieces = append(pieces, delta(fmt.Sprintf(`"tool_calls":[{"index":%d,"function":{"arguments":%s}}]`, k, quote(s))))
		}
	}
	if r.Stop != "" {
		stop = r.Stop
	}
	tail = []string{chunk(`{"index":0,"delta":{},"finish_reason":`+quote(stop)+`}`, "")}
	if !r.NoUsage {
		u := r.Usage
		tail = append(tail, chunk("", fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d,"cache_write_tokens":%d}}`,
			u.Input+u.CacheRead+u.CacheWrite, u.Output, u.Input+u.CacheRead+u.CacheWrite+u.Output, u.CacheRead, u.CacheWrite)))
	}
	return head, pieces, append(tail, "data: [DONE]\n\n")
}

func each(texts []string, write func(string) string) []string {
	out := make([]string, len(texts))
	for k, s := range texts {
		out[k] = write(s)
	}
	return out
}

// Words cuts a text behind its spaces, for Reply.Text.
func Words(text string) []string { return strings.SplitAfter(text, " ") }
