package main

import (
	"maps"
	"testing"
)

func TestCircles_ModulesThatUseEachOtherAreFound(t *testing.T) {
	clean := map[string]string{
		"src/a.rs": "use crate::{b::X, c};", "src/b/x.rs": "crate::c::f();", "src/c.rs": "\n#[cfg(test)]\nmod tests { use crate::a; }",
		"e2e/judge/a.py": "from judge import b\nfrom judge.c import X\n", "e2e/judge/b.py": "from .c import X\n", "e2e/judge/c.py": "import os\n",
		"bench/harness/a.py": "from . import b\n", "bench/harness/b.py": "# from . import a\n",
		"src/b/y.rs": "use super::x::X;\npub(super) fn y() {}\n#[cfg(test)]\nmod tests { use super::*; }",
	}
	mistakes, err := circles(plant(t, clean))
	wantMistake(t, mistakes, err, "")
	inside := maps.Clone(clean)
	inside["src/b/x.rs"] = "use super::Limit;"
	mistakes, err = circles(plant(t, inside))
	wantMistake(t, mistakes, err, "src/b/x.rs: uses Limit of src/b.rs, which uses this file")
	for name, text := range map[string]string{
		"src/c.rs": "use crate::a::Y;", "src/c/y.rs": "fn f() { crate::b::x::g() }", "src/b/x.rs": "use super::y::y;", "e2e/judge/c.py": "from judge.a import Z\n", "bench/harness/b.py": "from .a import Z\n",
	} {
		files := maps.Clone(clean)
		files[name] = text
		mistakes, err := circles(plant(t, files))
		wantMistake(t, mistakes, err, "modules use each other")
	}
}
