package markup

import "strings"

var htmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
var htmlAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// Telegram is the HTML that Telegram's Bot API takes.
var Telegram = &Dialect{
	Escape: func(text string, _ Style) string { return htmlText.Replace(text) },
	Open: func(s Style, argument string) string {
		switch s {
		case Bold:
			return "<b>"
		case Italic:
			return "<i>"
		case Strike:
			return "<s>"
		case Code:
			return "<code>"
		case Pre:
			if argument != "" {
				return `<pre><code class="language-` + htmlAttribute.Replace(argument) + `">`
			}
			return "<pre>"
		case Link:
			return `<a href="` + htmlAttribute.Replace(argument) + `">`
		case Quote:
			return "<blockquote>"
		}
		return ""
	},
	Close: func(s Style, argument string) string {
		switch s {
		case Bold:
			return "</b>"
		case Italic:
			return "</i>"
		case Strike:
			return "</s>"
		case Code:
			return "</code>"
		case Pre:
			if argument != "" {
				return "</code></pre>"
			}
			return "</pre>"
		case Link:
			return "</a>"
		case Quote:
			return "</blockquote>"
		}
		return ""
	},
	Length: UTF16,
}

// marks are the signs that Slack and WhatsApp have in common.
func marks(s Style, _ string) string {
	switch s {
	case Bold:
		return "*"
	case Italic:
		return "_"
	case Strike:
		return "~"
	case Code:
		return "`"
	case Pre:
		return "```"
	}
	return ""
}

// Slack is Slack's mrkdwn.
var Slack = &Dialect{
	Escape: func(text string, _ Style) string { return htmlText.Replace(text) },
	Open: func(s Style, argument string) string {
		switch s {
		case Link:
			return "<" + strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C").Replace(argument) + "|"
		case Pre:
			return "```\n"
		}
		return marks(s, argument)
	},
	Close: func(s Style, argument string) string {
		switch s {
		case Link:
			return ">"
		case Pre:
			return "\n```"
		}
		return marks(s, argument)
	},
	QuotePrefix: "> ",
	Length:      UTF16,
}

// WhatsApp is the formatting of WhatsApp, which has no links with a text.
var WhatsApp = &Dialect{
	Open: marks,
	Close: func(s Style, argument string) string {
		if s == Link {
			return " (" + argument + ")"
		}
		return marks(s, argument)
	},
	QuotePrefix: "> ",
}

// Plain is text without any formatting.
var Plain = &Dialect{
	Close: func(s Style, argument string) string {
		if s == Link {
			return " (" + argument + ")"
		}
		return ""
	},
	QuotePrefix: "> ",
}
