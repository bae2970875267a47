package mcp

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
)

// output is a result as models read it: text, and pictures.
func output(r *mcp.CallToolResult) *agent.ToolOutput {
	out := &agent.ToolOutput{IsError: r.IsError}
	var texts []string
	for _, c := range r.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			texts = append(texts, c.Text)
		case *mcp.ImageContent:
			out.Images = append(out.Images, llm.Image{MIME: c.MIMEType, Data: c.Data})
		case *mcp.AudioContent:
			texts = append(texts, fmt.Sprintf("[audio, %s, %d bytes]", c.MIMEType, len(c.Data)))
		case *mcp.ResourceLink:
			texts = append(texts, strings.TrimSpace("[resource "+c.URI+"] "+c.Description))
		case *mcp.EmbeddedResource:
			texts = append(texts, resource(c.Resource))
		}
	}
	if len(texts) == 0 && r.StructuredContent != nil {
		if text, err := json.Marshal(r.StructuredContent); err == nil {
			texts = append(texts, string(text))
		}
	}
	out.Text = strings.Join(texts, "\n")
	return out
}

func resource(r *mcp.ResourceContents) string {
	switch {
	case r == nil:
		return ""
	case r.Text != "":
		return r.Text
	}
	return fmt.Sprintf("[resource %s, %s, %d bytes]", r.URI, r.MIMEType, len(r.Blob))
}
