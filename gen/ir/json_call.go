package ir

import "encoding/json"

type jsonMethod struct {
	Wire string `json:"wire"`
	jsonMeta
	Group       string            `json:"group"`
	Access      jsonAccess        `json:"access"`
	Aliases     []jsonAlias       `json:"aliases,omitempty"`
	Params      *jsonUse          `json:"params"`
	Result      *jsonUse          `json:"result"`
	ResultDoc   string            `json:"resultDescription,omitempty"`
	Accepted    *jsonUse          `json:"accepted,omitempty"`
	Failure     *jsonUse          `json:"failure,omitempty"`
	Final       []string          `json:"final,omitempty"`
	Adapt       []string          `json:"adapt,omitempty"`
	Errors      []jsonMethodError `json:"errors,omitempty"`
	Emits       []string          `json:"emits,omitempty"`
	Effect      Effect            `json:"effect"`
	Idempotency jsonIdempotency   `json:"idempotency"`
	Wait        *jsonWait         `json:"wait,omitempty"`
	Runtime     bool              `json:"runtime,omitempty"`
	NotOffered  string            `json:"notOffered,omitempty"`
	Examples    []jsonExchange    `json:"examples,omitempty"`
}

type jsonAlias struct {
	Name       string `json:"name"`
	Dialect    string `json:"dialect"`
	Deprecated bool   `json:"deprecated,omitempty"`
	Until      int    `json:"until,omitempty"`
}

type jsonMethodError struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	When    string   `json:"when,omitempty"`
	Details *jsonUse `json:"details,omitempty"`
}

type jsonIdempotency struct {
	Kind IdempotencyKind `json:"kind"`
	Key  string          `json:"key,omitempty"`
}

type jsonWait struct {
	Blocks bool   `json:"blocks"`
	Member string `json:"member,omitempty"`
}

type jsonEvent struct {
	Wire string `json:"wire"`
	jsonMeta
	Access       jsonAccess     `json:"access"`
	Payload      *jsonUse       `json:"payload"`
	Forms        []jsonForm     `json:"forms,omitempty"`
	Published    string         `json:"published,omitempty"`
	Delivery     jsonDelivery   `json:"delivery"`
	Broadcast    bool           `json:"broadcast"`
	Peer         bool           `json:"peer"`
	StateVersion string         `json:"stateVersion,omitempty"`
	Examples     []jsonExchange `json:"examples,omitempty"`
}

type jsonForm struct {
	Dialect string   `json:"dialect"`
	Name    string   `json:"name"`
	Payload *jsonUse `json:"payload,omitempty"`
}

type jsonDelivery struct {
	Default   Delivery           `json:"default"`
	By        string             `json:"by,omitempty"`
	Cases     []jsonDeliveryCase `json:"cases,omitempty"`
	LatestKey []string           `json:"latestKey,omitempty"`
}

type jsonDeliveryCase struct {
	Value    string   `json:"value"`
	Delivery Delivery `json:"delivery"`
}

type jsonExchange struct {
	Line     int                 `json:"line"`
	Col      int                 `json:"col"`
	Title    string              `json:"title,omitempty"`
	Dialect  string              `json:"dialect,omitempty"`
	Params   json.RawMessage     `json:"params,omitempty"`
	Accepted json.RawMessage     `json:"accepted,omitempty"`
	Result   json.RawMessage     `json:"result,omitempty"`
	Error    json.RawMessage     `json:"error,omitempty"`
	Failure  json.RawMessage     `json:"failure,omitempty"`
	Payload  json.RawMessage     `json:"payload,omitempty"`
	Events   []jsonExchangeEvent `json:"events,omitempty"`
}

type jsonExchangeEvent struct {
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload"`
}

func (w *jsonWriter) method(m *Method) jsonMethod {
	out := jsonMethod{
		Wire: m.Wire, jsonMeta: w.meta(m.Meta), Group: m.Group.Name, Access: w.access(m.Access),
		Params: w.typ(m.Params), Result: w.use(&m.Result), ResultDoc: m.ResultDoc, Accepted: w.typ(m.Accepted), Failure: w.typ(m.Failure),
		Final: each(m.Final, dialectName), Adapt: each(m.Adapt, dialectName),
		Emits: each(m.Emits, func(e *Event) string { return e.Wire }), Effect: m.Effect, Idempotency: jsonIdempotency(m.Idempotency),
		Runtime: m.Runtime, NotOffered: m.NotOffered, Examples: each(m.Examples, w.exchange),
	}
	out.Aliases = each(m.Aliases, func(a Alias) jsonAlias {
		return jsonAlias{Name: a.Name, Dialect: dialectName(a.Dialect), Deprecated: a.Deprecated, Until: a.Until}
	})
	out.Errors = each(m.Errors, func(e MethodError) jsonMethodError {
		return jsonMethodError{Code: codeName(e.Code), Message: e.Message, When: e.When, Details: w.use(e.Details)}
	})
	if m.Wait.Blocks {
		out.Wait = (*jsonWait)(&m.Wait)
	}
	return out
}

func (w *jsonWriter) event(e *Event) jsonEvent {
	out := jsonEvent{
		Wire: e.Wire, jsonMeta: w.meta(e.Meta), Access: w.access(e.Access), Payload: w.typ(e.Payload), Published: dialectName(e.Published),
		Delivery:  jsonDelivery{Default: e.Delivery.Default, By: e.Delivery.By, LatestKey: e.Delivery.LatestKey},
		Broadcast: e.Broadcast, Peer: e.Peer, StateVersion: e.StateVersion, Examples: each(e.Examples, w.exchange),
	}
	out.Delivery.Cases = each(e.Delivery.Cases, func(c DeliveryCase) jsonDeliveryCase { return jsonDeliveryCase(c) })
	out.Forms = each(e.Forms, func(f Form) jsonForm {
		return jsonForm{Dialect: dialectName(f.Dialect), Name: f.Name, Payload: w.typ(f.Payload)}
	})
	return out
}

func (w *jsonWriter) exchange(x Exchange) jsonExchange {
	out := jsonExchange{
		Line: x.Pos.Line, Col: x.Pos.Col, Title: x.Title, Dialect: dialectName(x.Dialect),
		Params: x.Params, Accepted: x.Accepted, Result: x.Result, Error: x.Error, Failure: x.Failure, Payload: x.Payload,
	}
	out.Events = each(x.Events, func(e ExchangeEvent) jsonExchangeEvent {
		return jsonExchangeEvent{Event: e.Event.Wire, Payload: e.Payload}
	})
	return out
}
