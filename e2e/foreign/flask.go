package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// flask makes the image of the service in Python: the interpreter of this machine with its library, what requirements.txt lists, and app.py.
// No base image is pulled, and nothing is asked for but PyPI, the first time.
func flask(version string) (v1.Image, error) {
	p, err := findPython()
	if err != nil {
		return nil, err
	}
	f := files{"usr/local/bin/python3": p.Program, "app/app.py": "foreign/app.py"}
	if err := f.add(p.Library, "usr/local/lib/python"+p.Version); err != nil {
		return nil, err
	}
	if err := f.add(p.Packages, "app/packages"); err != nil {
		return nil, err
	}
	if err := f.addLibraries(); err != nil {
		return nil, err
	}
	return build(f, v1.Config{
		Cmd:        []string{"/usr/local/bin/python3", "-m", "gunicorn", "--no-control-socket", "--bind", "0.0.0.0:5000", "--workers", "2", "--threads", "4", "app:app"},
		WorkingDir: "/app",
		Env: []string{
			"VERSION=" + version, "PYTHONPATH=/app/packages", "LD_LIBRARY_PATH=/usr/local/lib", "PYTHONDONTWRITEBYTECODE=1",
		},
		ExposedPorts: map[string]struct{}{"5000/tcp": {}},
		Volumes:      map[string]struct{}{"/tmp": {}},
		Labels:       map[string]string{"org.opencontainers.image.title": "flask", "org.opencontainers.image.version": version},
	})
}

// python is where things are on this machine.
type python struct{ Program, Library, Packages, Version string }

const where = `import json, os, sys, sysconfig
print(json.dumps({"program": os.path.realpath(sys.executable), "library": sysconfig.get_path("stdlib"),
                  "packages": sysconfig.get_path("purelib"), "version": "%d.%d" % sys.version_info[:2]}))`

// findPython makes the virtual environment, where it is not there yet, and asks it.
func findPython() (p python, err error) {
	installed := exec.Command("bash", "-c", "source ../scripts/lib.sh && python_tool flask foreign/requirements.txt")
	installed.Stderr = os.Stderr
	folder, err := installed.Output()
	if err != nil {
		return p, fmt.Errorf("install Flask: %w", err)
	}
	answer, err := exec.Command(filepath.Join(string(folder), "python"), "-c", where).Output()
	if err != nil {
		return p, fmt.Errorf("ask Python where it is: %w", err)
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return p, fmt.Errorf("read what Python says: %w", err)
	}
	return p, nil
}

// unneeded are parts of a library that no service uses, or that the virtual environment takes the place of.
var unneeded = regexp.MustCompile(`^(test|tests|idlelib|tkinter|turtledemo|ensurepip|lib2to3|site-packages|dist-packages|config-.*|pip|setuptools|_tkinter\..*|.*\.opt-.\.pyc)$`)

// add takes a folder of Python's into the image.
func (f files) add(from, to string) error {
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != from && unneeded.MatchString(entry.Name()) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		// A link may lead out of the folder, or nowhere.
		if about, err := os.Stat(path); err == nil && about.Mode().IsRegular() {
			f[to+strings.TrimPrefix(path, from)] = path
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}
	return nil
}

// linked matches a line of ldd: the name of a library and where it is, or the program loader alone.
var linked = regexp.MustCompile(`(?m)^\s+(?:(\S+) => )?(/\S+) \(0x`)

// addLibraries adds the shared libraries of all programs among the files.
func (f files) addLibraries() error {
	programs := []string{f["usr/local/bin/python3"]}
	for _, path := range f {
		if strings.HasSuffix(path, ".so") {
			programs = append(programs, path)
		}
	}
	out, err := exec.Command("ldd", programs...).Output()
	if err != nil {
		return fmt.Errorf("find the shared libraries of Python: %w", err)
	}
	for _, found := range linked.FindAllStringSubmatch(string(out), -1) {
		if name, path := found[1], found[2]; name == "" {
			f[strings.TrimPrefix(path, "/")] = path
		} else {
			f["usr/local/lib/"+name] = path
		}
	}
	return nil
}
