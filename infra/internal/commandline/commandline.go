// Package commandline answers what every program is asked alike: how it is called, and of which version it is.
package commandline

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
)

// Introduce prints usage or version and ends the program with exit code 0, where it was called for one of them alone.
func Introduce(usage string) {
	if introduced(os.Stdout, usage, os.Args) {
		os.Exit(0)
	}
}

func introduced(to io.Writer, usage string, arguments []string) bool {
	if len(arguments) != 2 {
		return false
	}
	switch arguments[1] {
	case "-h", "-help", "--help", "help":
		fmt.Fprintln(to, "usage: "+usage)
	case "-V", "-version", "--version", "version":
		fmt.Fprintln(to, filepath.Base(arguments[0]), version())
	default:
		return false
	}
	return true
}

// version is that of the module, and the commit where Go knows it.
func version() string {
	info, is := debug.ReadBuildInfo()
	if !is || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
