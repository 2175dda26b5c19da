package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const described = `
name: mote
config:
  # Size
  mote:cpu: {type: integer, default: 256, description: "CPU units | a task"}
  mote:names: {type: array, default: [a, b], description: "names"}
  # Names
  mote:domain: {type: string, description: "domain"}
`

const tables = `# mote
<!-- settings: service -->
| setting | default | what it does |
|---|---|---|
| ` + "`MOTE_PORT` | `8080`" + ` | port |
<!-- end of settings -->
<!-- settings: stack -->

### Size

| setting | default | what it does |
|---|---|---|
| ` + "`mote:cpu` | `256`" + ` | CPU units \| a task |
| ` + "`mote:names` | `[a, b]`" + ` | names |

### Names

| setting | default | what it does |
|---|---|---|
| ` + "`mote:domain` | " + ` | domain |
<!-- end of settings -->
`

func TestConfiguration_TablesSayWhatTheSourcesSay(t *testing.T) {
	help := filepath.Join(t.TempDir(), "help")
	if err := os.WriteFile(help, []byte("Settings:\n  MOTE_PORT     port [8080]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, broken := range []struct{ old, new, words string }{
		{"", "", ""},
		{"`256`", "`512`", "stack settings are not what"},
		{"`8080`", "`80`", "service settings are not what"},
		{"<!-- settings: stack -->", "", "has no lines"},
	} {
		files := plant(t, map[string]string{"infra/Pulumi.yaml": described, document: strings.Replace(tables, broken.old, broken.new, 1)})
		mistakes, err := settingsTables{help}.check(files)
		wantMistake(t, mistakes, err, broken.words)
	}
}

func TestConfiguration_TablesAreWrittenAsTheyAreChecked(t *testing.T) {
	files := plant(t, map[string]string{"infra/Pulumi.yaml": described, document: begin("stack") + "\nold\n" + end + "\nrest"})
	if err := (settingsTables{}).write(files); err != nil {
		t.Fatal(err)
	}
	mistakes, err := settingsTables{}.check(files)
	wantMistake(t, mistakes, err, "")
}
