package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html, repositoryName.
	repositoryName = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)
	endpoint       = regexp.MustCompile(`^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?$`)
)

// reader takes settings one by one and collects what is wrong with them. After a mistake it hands out a zero value and goes on.
type reader struct {
	lookup   func(key string) (string, bool)
	mistakes []string
}

// wrong notes a mistake. The text goes on after the key and says what would be right. A mistake is noted once.
func (r *reader) wrong(key, format string, args ...any) {
	if mistake := "mote:" + key + " " + fmt.Sprintf(format, args...); !slices.Contains(r.mistakes, mistake) {
		r.mistakes = append(r.mistakes, mistake)
	}
}

// text takes any text. Every setting has a default in Pulumi.yaml, so one without a value was not read through Pulumi.
func (r *reader) text(key string) string {
	value, there := r.lookup(key)
	if !there {
		r.wrong(key, "is missing: give it a value, or run from the folder of Pulumi.yaml, which has its default")
	}
	return strings.TrimSpace(value)
}

// given is text for kinds that have no empty value: the second result is false when the key is missing, and that was noted.
func (r *reader) given(key string) (string, bool) {
	_, there := r.lookup(key)
	return r.text(key), there
}

// required takes a text that must not be empty.
func (r *reader) required(key, right string) string {
	value, there := r.given(key)
	if there && value == "" {
		r.wrong(key, "is empty: it must be %s", right)
	}
	return value
}

// matching takes a text that is empty or of the form.
func (r *reader) matching(key string, form *regexp.Regexp, right string) string {
	value := r.text(key)
	if value != "" && !form.MatchString(value) {
		r.wrong(key, "is %q: it must be %s", value, right)
	}
	return value
}

// choice takes one of a few words.
func (r *reader) choice(key string, words ...string) string {
	value, there := r.given(key)
	if there && !slices.Contains(words, value) {
		r.wrong(key, "is %q: it must be one of %s", value, strings.Join(words, ", "))
	}
	return value
}

// integer takes a whole number from low to high.
func (r *reader) integer(key string, low, high int) int {
	text, there := r.given(key)
	if !there {
		return 0
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < low || value > high {
		r.wrong(key, "is %q: it must be a whole number from %d to %d", text, low, high)
		return 0
	}
	return value
}

// oneOf takes one of a few numbers.
func (r *reader) oneOf(key string, numbers []int) int {
	text, there := r.given(key)
	value, err := strconv.Atoi(text)
	if there && (err != nil || !slices.Contains(numbers, value)) {
		r.wrong(key, "is %q: it must be one of %s", text, strings.Trim(fmt.Sprint(numbers), "[]"))
	}
	return value
}

// boolean takes true or false.
func (r *reader) boolean(key string) bool {
	return r.choice(key, "true", "false") == "true"
}

// block takes an IPv4 network whose prefix length lies between two numbers.
func (r *reader) block(key string, shortest, longest int) string {
	text, there := r.given(key)
	network, err := netip.ParsePrefix(text)
	if there && (err != nil || !network.Addr().Is4() || network != network.Masked() ||
		network.Bits() < shortest || network.Bits() > longest) {
		r.wrong(key, "is %q: it must be an IPv4 network between /%d and /%d, such as 10.0.0.0/%d",
			text, shortest, longest, shortest)
	}
	return text
}

// is says whether a setting has a value, without taking it.
func (r *reader) is(key, value string) bool { return is(r.lookup, key, value) }

// list takes an array of texts, which Pulumi keeps as JSON.
func (r *reader) list(key string) []string {
	text, there := r.given(key)
	var values []string
	if there && json.Unmarshal([]byte(text), &values) != nil {
		r.wrong(key, "is %q: it must be a list of texts", text)
	}
	return values
}

// blocks takes a list of at least one IPv4 network.
func (r *reader) blocks(key string) []string {
	before := len(r.mistakes)
	values := r.list(key)
	if len(values) == 0 && len(r.mistakes) == before {
		r.wrong(key, "is empty: it must list at least one IPv4 network, such as 0.0.0.0/0 for the world")
	}
	for _, value := range values {
		network, err := netip.ParsePrefix(value)
		if err != nil || !network.Addr().Is4() || network != network.Masked() {
			r.wrong(key, "has %q: each must be an IPv4 network, such as 192.0.2.0/24", value)
		}
	}
	return values
}
