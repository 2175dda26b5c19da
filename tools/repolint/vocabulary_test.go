package main

import (
	"regexp"
	"testing"
)

func TestTerms_PrivateWordsAreFoundWhereTheyAreMeant(t *testing.T) {
	for name, text := range map[string]string{
		"src/a.rs": "use crate::guard::Guard;", "gateway/src/b.rs": "struct Lane;", "docs/a.md": "set MOTE_DRAIN_DELAY to 5", "infra/a.go": "the edge",
		"scripts/a.sh": "  say \"x\"", "README.md": "nobody knows", "infra/components/stops/a.go": "",
	} {
		mistakes, err := terms(plant(t, map[string]string{name: text + "\n"}))
		want := name
		if name == "infra/components/stops/a.go" {
			want = ""
		}
		wantMistake(t, mistakes, err, want)
	}
	for name, text := range map[string]string{
		"src/a.rs": "let guard_band = MutexGuard; MOTE_DRAIN_DELAY_SECONDS", "infra/a.go": "Pulumi's engine; acknowledged; essay \"x\"", "docs/a.md": "a lane",
	} {
		mistakes, err := terms(plant(t, map[string]string{name: text}))
		wantMistake(t, mistakes, err, "")
	}
}

func TestTerms_PatternsCompileAndExceptionsHaveReasons(t *testing.T) {
	for _, one := range vocabulary {
		if _, err := regexp.Compile(one.pattern + one.in); err != nil || one.instead == "" {
			t.Errorf("%q: %v", one.pattern, err)
		}
	}
	for name, reason := range kept {
		if len(reason) < 10 {
			t.Errorf("%s is kept without a reason", name)
		}
	}
}
