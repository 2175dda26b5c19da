package main

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
)

// introduced answers how the program is called and of which version it is, where it was asked for one of them alone.
func introduced(to io.Writer, usage string, arguments []string) bool {
	if len(arguments) != 2 {
		return false
	}
	switch arguments[1] {
	case "-h", "-help", "--help", "help":
		fmt.Fprintln(to, "usage: "+usage)
	case "-V", "-version", "--version", "version":
		info, _ := debug.ReadBuildInfo()
		fmt.Fprintln(to, filepath.Base(arguments[0]), info.Main.Version)
	default:
		return false
	}
	return true
}
