package logging

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAFileHasTheLinesToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "gateway.log")
	f, err := OpenFile(path, Limits{SizeMB: 1, TotalMB: 4, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	secrets := new(Secrets)
	secrets.Pin("canary-in-the-log")
	var console bytes.Buffer
	log := New(&console, Text, slog.LevelInfo, secrets, f)
	log.Debug("not this")
	log.With("from", "me").Info("hello canary-in-the-log", "n", 1)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Level, Msg, From string
		N                int
	}
	if err := json.Unmarshal(text, &line); err != nil || line.Level != "INFO" || line.From != "me" || line.N != 1 {
		t.Errorf("%v: %s", err, text)
	}
	if both := string(text) + console.String(); strings.Contains(both, "canary") || strings.Count(both, "hello") != 2 {
		t.Errorf("logged %s", both)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", err, info.Mode())
	}
}

// Files are put aside and the oldest go, so that all of them stay within what
// they may take.
func TestAFileIsPutAside(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFile(filepath.Join(dir, "gateway.log"), Limits{SizeMB: 1, TotalMB: 3, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 1<<16-1) + "\n")
	for range 6 << 20 / len(line) {
		if _, err := f.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	compressed := 0
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".gz") {
			compressed++
		}
	}
	if len(files) != 3 || compressed != 2 {
		t.Errorf("%v", files)
	}
}

// A file that somebody deletes is begun anew.
func TestAFileIsDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.log")
	f, err := OpenFile(path, Limits{SizeMB: 1, TotalMB: 3, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		if runtime.GOOS == "windows" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	f.checked = time.Time{} // a while later
	if _, err := f.Write([]byte("two\n")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "two\n" {
		t.Errorf("%v %q", err, text)
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(filepath.Join(path, "gateway.log"), Limits{}); err == nil {
		t.Error("there is a file where the folder should be")
	}
}
