package main

import (
	"regexp"
	"strings"
)

// A term is a private word that the field has a word for, in the places where it has the meaning that is not wanted.
type term struct {
	pattern string
	instead string
	// in matches the files that are looked at; empty is all that people write.
	in string
}

// vocabulary is what this project once called things. Each pattern is narrow enough to have no false alarm.
var vocabulary = []term{
	// The service.
	{`\bguards?\b|\bGuard\b|\bguard::`, "gateway", `^(src|gateway|tests|examples|bench)/|^(README|docs)`},
	{`\b[Ee]ngine\b`, "event loop", `^(src|gateway)/`},
	{`\b[Ll]anes?\b`, "upstream connection, pool; group of stages", `\.(rs|sh)$`},
	{`\bdoors\b`, "admission, timeouts, shutdown", `\.rs$|^docs/`},
	{`\b(FIRST|LAST)_WAIT\b`, "MIN_BACKOFF, MAX_BACKOFF", `\.rs$`},
	{`\b(make_room|dismiss_idle|take_in|take_head|take_body|take_codings)\b`, "evict_oldest_reserved, close_idle, on_readable, read_head, read_body", `\.rs$`},
	{`\b(bury|unfit|nowhere|bodiless)\b`, "fail_in_flight, rejected, discard, is_head", `\.rs$`},
	{`\bGATHER\b|\bGLANCE\b|\bMISSES\b`, "BATCH_WINDOW, POLL_INTERVAL, UNHEALTHY_THRESHOLD", `\.rs$`},
	{`\b[Rr]efusals?\b`, "rejection", `\.rs$|^gateway/`},
	{`\b(BodyNotWelcome|UnknownCoding|TooMuchHeld|BadAnswer)\b`, "BodyNotAllowed, UnsupportedTransferCoding, Overloaded, InvalidUpstreamResponse", ""},
	{`\b(mote_)?held_bytes\b|\bmote_refusals_total\b`, "buffered_bytes, mote_rejected_requests_total", ""},
	{`\bMOTE_(IDLE_SECONDS|DRAIN_DELAY|DRAIN_DEADLINE|EMF|LOG_HEALTH)\b`, "the variable with its unit, MOTE_CLOUDWATCH_EMF, MOTE_LOG_PROBES", ""},
	{`\btests/(hostile|framing|black_box)\b|--test (hostile|framing|black_box)\b`, "tests/abuse, tests/conformance, tests/integration", ""},
	{`\b[Vv]ictims?\b|\bwitness(es)?\b|\b[Cc]rowds?\b`, "server under test, probe client, clients", `\.rs$`},
	{`\b(stacksAside|voice|adopted)\b`, "parallel stacks, transcript, existing", `^e2e/.*\.go$`},
	// The infrastructure.
	{`\b(whereabouts|lookAround)\b|\bsurroundings\b`, "callerinfo, lookups, resources", ""},
	{`\bedge\b`, "load balancer", `^infra/.*\.(go|yaml)$`},
	{`\bunasked[- ]stops?\b|\bstopsLogGroup\b|\bcomponents/stops\b`, "unexpected task stops, taskEventsLogGroup, taskevents", ""},
	{`\bverdicts?\b`, "rollout, result", `\.(go|sh)$`},
	{`"(won|lost):|\b(has|have|not) won\b`, "rolled out, not rolled out", ""},
	{`\b(unserved|lookingRole|halfMade|LetGo|EndStrays|KillStrays)\b|\blooking roles?\b`, "trafficNotShifted, read-only role, interrupted, Unlock, KillOrphans", ""},
	{`\bleftovers?\b`, "orphans", ""},
	{`\binternal/(adopt|policy|recorder|sample)\b|\bscaling\.Shift\b`, "importopts, iampolicy, pulumimocks, testimage, ScheduledAction", ""},
	{`\b(taskPublicAddress|imagesKept|deregistrationSeconds|secretsKeyArn|alarmErrors|sharedStack)\b`, "the setting's new name: docs/configuration.md", ""},
	{`\b(hidden tasks?|handed over|handover|ways? out)\b`, "private tasks, imported, egress", `\.(go|md|yaml|sh)$`},
	{`\bFiller\b|/gaps\b|\brehearsal/(cloud|engine)\b`, "emulatorshim, awsconfig, docker", ""},
	// Workflows, scripts and prose.
	{`\bworkshop\b|\brules of the house\b`, "setup, repolint", ""},
	{`\b(patiently|becomes_root)\b|(^|[ ;({|&])(say|lack) "`, "with_progress, can_sudo, log, missing", `\.sh$`},
	{`\b([Ss]ome|[Nn]o)body\b|\b[Ww]hoever\b`, "the actor: client, caller, operator, user", ""},
	{`\bthere already\b`, "existing", ""},
}

// kept are places that may have a word of the list, each with its reason.
var kept = map[string]string{
	"tools/repolint/vocabulary.go":        "has the words to look for them",
	"e2e/judge/testdata/deployment.jsonl": "is a recording of calls, with the names of that day",
	"tools/repolint/vocabulary_test.go":   "has the words to find them",
}

// terms reports every private word that the field has a word for.
func terms(t tree) ([]string, error) {
	var mistakes []string
	for _, one := range vocabulary {
		in := regexp.MustCompile(one.in)
		match := func(name string) bool { return written(name) && in.MatchString(name) && kept[name] == "" }
		found, err := t.find(match, regexp.MustCompile(one.pattern), "is a private word: "+one.instead)
		if err != nil {
			return nil, err
		}
		mistakes = append(mistakes, found...)
		for _, name := range t.names {
			if match(name) && regexp.MustCompile(one.pattern).MatchString(strings.NewReplacer("/", " ", ".", " ").Replace(name)) {
				mistakes = append(mistakes, name+": is named by a private word: "+one.instead)
			}
		}
	}
	return mistakes, nil
}
