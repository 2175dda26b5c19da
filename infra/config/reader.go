package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // The names are the same wherever the program runs.
)

// reader takes settings one by one and collects what is invalid. After an error it returns a zero value and goes on.
type reader struct {
	lookup lookup
	errors []string
	// known are the keys that were read, which are all settings.
	known map[string]bool
}

func newReader(all lookup) *reader {
	r := &reader{known: map[string]bool{}}
	r.lookup = func(key string) (string, bool) {
		r.known[key] = true
		return all(key)
	}
	return r
}

// errorf adds an error, unless the same one is there. Its text goes on after the key and says what would be valid.
func (r *reader) errorf(key, format string, args ...any) {
	if text := "mote:" + key + " " + fmt.Sprintf(format, args...); !slices.Contains(r.errors, text) {
		r.errors = append(r.errors, text)
	}
}

// err lists all errors in one, or is nil.
func (r *reader) err() error {
	if len(r.errors) == 0 {
		return nil
	}
	return fmt.Errorf("invalid settings in Pulumi.<stack>.yaml, %d:\n  %s", len(r.errors), strings.Join(r.errors, "\n  "))
}

// text takes any text. Every setting has a default in Pulumi.yaml, so one without a value was not read through Pulumi.
func (r *reader) text(key string) string {
	value, present := r.lookup(key)
	if !present {
		r.errorf(key, "is missing: give it a value, or run from the folder of Pulumi.yaml, which has its default")
	}
	return strings.TrimSpace(value)
}

// given is text for kinds that have no empty value: the second result is false when the key is missing, and that was noted.
func (r *reader) given(key string) (string, bool) {
	_, present := r.lookup(key)
	return r.text(key), present
}

// required takes a text that must not be empty.
func (r *reader) required(key, valid string) string {
	value, present := r.given(key)
	if present && value == "" {
		r.errorf(key, "is empty: it must be %s", valid)
	}
	return value
}

// matching takes a text that is empty or of the form.
func (r *reader) matching(key string, form *regexp.Regexp, valid string) string {
	value := r.text(key)
	if value != "" && !form.MatchString(value) {
		r.errorf(key, "is %q: it must be %s", value, valid)
	}
	return value
}

// choice takes one of a few words.
func (r *reader) choice(key string, words ...string) string {
	value, present := r.given(key)
	if present && !slices.Contains(words, value) {
		r.errorf(key, "is %q: it must be one of %s", value, strings.Join(words, ", "))
	}
	return value
}

// integer takes a whole number from low to high.
func (r *reader) integer(key string, low, high int) int {
	text, present := r.given(key)
	if !present {
		return 0
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < low || value > high {
		r.errorf(key, "is %q: it must be a whole number from %d to %d", text, low, high)
		return 0
	}
	return value
}

// oneOf takes one of a few numbers.
func (r *reader) oneOf(key string, numbers []int) int {
	text, present := r.given(key)
	value, err := strconv.Atoi(text)
	if present && (err != nil || !slices.Contains(numbers, value)) {
		r.errorf(key, "is %q: it must be one of %s", text, strings.Trim(fmt.Sprint(numbers), "[]"))
	}
	return value
}

// boolean takes true or false.
func (r *reader) boolean(key string) bool {
	return r.choice(key, "true", "false") == "true"
}

// is says whether a setting has a value, without taking it.
func (r *reader) is(key, value string) bool { return is(r.lookup, key, value) }

// words takes an array of texts, which Pulumi keeps as JSON.
func (r *reader) words(key string) []string {
	text, present := r.given(key)
	var values []string
	if present && json.Unmarshal([]byte(text), &values) != nil {
		r.errorf(key, "is %q: it must be a list of texts", text)
	}
	return values
}

// list takes an array of different texts.
func (r *reader) list(key string) []string {
	values := r.words(key)
	for i, value := range values {
		if slices.Contains(values[:i], value) {
			r.errorf(key, "has %q twice: AWS refuses duplicates, so each must be given once", value)
		}
	}
	return values
}

// listOf takes a list whose entries are of the form.
func (r *reader) listOf(key string, form *regexp.Regexp, valid string) []string {
	values := r.list(key)
	for _, value := range values {
		if !form.MatchString(value) {
			r.errorf(key, "has %q: each must be %s", value, valid)
		}
	}
	return values
}

// domain takes a name of DNS that is empty or of its form. A dot at its end, which stands for the root, is left out.
func (r *reader) domain(key, valid string) string {
	value := strings.TrimSuffix(r.text(key), ".")
	if value != "" && (len(value) > maxDomain || !domainName.MatchString(value)) {
		r.errorf(key, "is %q: it must be %s", value, valid)
	}
	return value
}

// timezone takes the name of a time zone.
func (r *reader) timezone(key string) string {
	value, present := r.given(key)
	if _, err := time.LoadLocation(value); present && (err != nil || value == "" || value == "Local") {
		r.errorf(key, "is %q: it must be the name of a time zone, such as Europe/Berlin", value)
	}
	return value
}

// maxDomain is RFC 1035's limit for a name, as it is written.
const maxDomain = 253
