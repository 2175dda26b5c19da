package commandline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIntroduce_AnswersHelpAndVersionOnly(t *testing.T) {
	for _, question := range []string{"-h", "--help", "help"} {
		var said strings.Builder
		require.True(t, introduced(&said, "program STACK", []string{"/bin/program", question}), question)
		require.Equal(t, "usage: program STACK\n", said.String(), question)
	}
	for _, question := range []string{"-V", "--version", "version"} {
		var said strings.Builder
		require.True(t, introduced(&said, "program STACK", []string{"/bin/program", question}), question)
		require.Regexp(t, `^program \S+\n$`, said.String(), question)
	}
	for _, arguments := range [][]string{{"program"}, {"program", "dev"}, {"program", "-h", "dev"}} {
		require.False(t, introduced(nil, "program STACK", arguments), "%q", arguments)
	}
}

// The rehearsal's program has commands, and answers by itself.
func TestIntroduce_IsCalledByEveryProgram(t *testing.T) {
	programs, err := filepath.Glob("../../cmd/*/main.go")
	require.NoError(t, err)
	require.Greater(t, len(programs), 4)
	for _, one := range programs {
		if filepath.Base(filepath.Dir(one)) == "localaws" {
			continue
		}
		text, err := os.ReadFile(one)
		require.NoError(t, err)
		require.Contains(t, string(text), "\tcommandline.Introduce(", one)
	}
}
