package talk

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// stopTime is how long the gateway may take to stop a reply.
const stopTime = 5 * time.Second

// before is how much of what was said is shown at the start.
const before = 20

// Terminal holds the conversation in a terminal: what was said stays above,
// the reply grows below it, and the last line is for the next message.
func (t *Talk) Terminal(ctx context.Context, in io.Reader, out io.Writer, colour bool) error {
	m := &model{talk: t, ctx: ctx, over: map[string]bool{}, input: textinput.New(), look: looks(colour), width: 80}
	m.input.Prompt = "> "
	m.input.Placeholder = "a message, or /help"
	m.input.SetVirtualCursor(true)
	focus := m.input.Focus()
	m.first = focus
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out)).Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// look is how things are told apart.
type look struct{ user, faint, fault lipgloss.Style }

func looks(colour bool) look {
	if !colour {
		return look{lipgloss.NewStyle(), lipgloss.NewStyle(), lipgloss.NewStyle()}
	}
	return look{lipgloss.NewStyle().Bold(true), lipgloss.NewStyle().Faint(true), lipgloss.NewStyle().Foreground(lipgloss.Red)}
}

// model is the conversation as bubbletea sees it.
type model struct {
	talk  *Talk
	ctx   context.Context
	input textinput.Model
	first tea.Cmd
	look  look
	width int

	going    []string        // runs that are to answer, in order
	over     map[string]bool // those that ended before their start was heard of
	thinking string
	text     string
	tool     string

	lines []string // what was typed, for the arrow keys
	at    int
}

type (
	historyMsg struct {
		said []Said
		err  error
	}
	sentMsg struct {
		run string
		err error
	}
	stoppedMsg struct{ err error }
)

func (m *model) Init() tea.Cmd {
	return tea.Batch(m.first, m.next, func() tea.Msg {
		said, err := m.talk.History(m.ctx, before)
		return historyMsg{said, err}
	})
}

// next waits for something to happen.
func (m *model) next() tea.Msg {
	select {
	case u := <-m.talk.updates:
		return u
	case <-m.ctx.Done():
		return tea.Quit()
	}
}

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width = max(msg.Width, 20)
		m.input.SetWidth(m.width - 3)
	case tea.KeyPressMsg:
		if done, cmd := m.key(msg); done {
			return m, cmd
		}
	case Update:
		return m, tea.Batch(m.next, m.update(msg))
	case historyMsg:
		return m, m.history(msg)
	case sentMsg:
		switch {
		case msg.err != nil:
			return m, m.print(m.look.fault.Render(Clean(msg.err.Error())))
		case m.over[msg.run]:
			delete(m.over, msg.run)
		case msg.run != "":
			m.going = append(m.going, msg.run)
		}
		return m, nil
	case stoppedMsg:
		if msg.err != nil {
			return m, m.print(m.look.fault.Render(Clean(msg.err.Error())))
		}
		return m, nil
	}
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	return m, cmd
}

// key does what single keys mean; other keys go to the line.
func (m *model) key(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch k.String() {
	case "ctrl+c", "esc":
		if len(m.going) > 0 {
			return true, m.stop
		}
		if k.String() == "ctrl+c" {
			return true, tea.Quit
		}
		m.input.Reset()
		return true, nil
	case "ctrl+d":
		if m.input.Value() == "" {
			return true, tea.Quit
		}
	case "enter":
		return true, m.enter()
	case "up", "down":
		m.recall(k.String() == "up")
		return true, nil
	}
	return false, nil
}

func (m *model) stop() tea.Msg {
	ctx, cancel := context.WithTimeout(m.ctx, stopTime)
	defer cancel()
	_, err := m.talk.Stop(ctx)
	return stoppedMsg{err}
}

func (m *model) enter() tea.Cmd {
	text := strings.TrimSpace(m.input.Value())
	if text == "" {
		return nil
	}
	m.input.Reset()
	m.lines = append(m.lines, text)
	m.at = len(m.lines)
	if text == "/quit" || text == "/exit" {
		return tea.Quit
	}
	return tea.Sequence(m.print(m.look.user.Render("> "+Clean(text))), func() tea.Msg {
		run, err := m.talk.Send(m.ctx, text)
		return sentMsg{run, err}
	})
}

func (m *model) recall(older bool) {
	switch {
	case older && m.at > 0:
		m.at--
	case !older && m.at < len(m.lines):
		m.at++
	default:
		return
	}
	m.input.Reset()
	if m.at < len(m.lines) {
		m.input.SetValue(m.lines[m.at])
		m.input.CursorEnd()
	}
}

func (m *model) history(h historyMsg) tea.Cmd {
	if h.err != nil {
		return m.print(m.look.fault.Render(Clean(h.err.Error())))
	}
	var lines []string
	for _, s := range h.said {
		if s.User {
			lines = append(lines, m.look.user.Render("> "+Clean(s.Text)))
			continue
		}
		lines = append(lines, m.wrap(Clean(s.Text)), "")
	}
	if len(lines) == 0 {
		return nil
	}
	return m.print(strings.Join(lines, "\n"))
}

// update shows what happened to a reply.
func (m *model) update(u Update) tea.Cmd {
	switch u.Kind {
	case Thinking:
		m.thinking = u.Text
	case Text:
		m.text, m.tool = u.Text, ""
	case Tool:
		m.tool = u.Text
	}
	if !u.Ends() {
		return nil
	}
	var parts []string
	if m.thinking != "" {
		parts = append(parts, m.look.faint.Render(m.wrap(Clean(strings.TrimSpace(m.thinking)))))
	}
	text := m.text
	if u.Kind == Done {
		text = u.Text
	}
	if text != "" {
		parts = append(parts, m.wrap(Clean(text)))
	}
	switch u.Kind {
	case Stopped:
		parts = append(parts, m.look.faint.Render("(stopped)"))
	case Failed:
		parts = append(parts, m.look.fault.Render(m.wrap(Clean(u.Text))))
	}
	m.thinking, m.text, m.tool = "", "", ""
	if !slices.Contains(m.going, u.Run) {
		m.over[u.Run] = true
	}
	m.going = slices.DeleteFunc(m.going, func(run string) bool { return run == u.Run })
	return m.print(strings.Join(parts, "\n") + "\n")
}

func (m *model) print(text string) tea.Cmd { return tea.Println(text) }

func (m *model) wrap(text string) string { return lipgloss.NewStyle().Width(m.width - 1).Render(text) }

// tail keeps of a growing text what fits above the line.
const tail = 12

func (m *model) View() tea.View {
	var parts []string
	if m.thinking != "" && m.text == "" {
		parts = append(parts, m.look.faint.Render(m.last(m.thinking)))
	}
	if m.text != "" {
		parts = append(parts, m.last(m.text))
	}
	if m.tool != "" {
		parts = append(parts, m.look.faint.Render("… "+Clean(m.tool)))
	}
	if len(m.going) > 0 && len(parts) == 0 {
		parts = append(parts, m.look.faint.Render("…"))
	}
	return tea.NewView(strings.Join(append(parts, m.input.View()), "\n"))
}

func (m *model) last(text string) string {
	lines := strings.Split(m.wrap(Clean(text)), "\n")
	if len(lines) > tail {
		lines = lines[len(lines)-tail:]
	}
	return strings.Join(lines, "\n")
}
