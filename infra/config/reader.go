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

// reader takes settings one by one and collects what is invalid. After an error it returns a zero value and goes on.
type reader struct {
	lookup lookup
	errors []string
}

// errorf adds an error, unless the same one is there. Its text goes on after the key and says what would be valid.
func (r *reader) errorf(key, format string, args ...any) {
	if text := "mote:" + key + " " + fmt.Sprintf(format, args...); !slices.Contains(r.errors, text) {
		r.errors = append(r.errors, text)
	}
}

// text takes any text. Every setting has a default in Pulumi.yaml, so one without a value was not read through Pulumi.
func (r *reader) text(key string) string {
	value, there := r.lookup(key)
	if !there {
		r.errorf(key, "is missing: give it a value, or run from the folder of Pulumi.yaml, which has its default")
	}
	return strings.TrimSpace(value)
}

// given is text for kinds that have no empty value: the second result is false when the key is missing, and that was noted.
func (r *reader) given(key string) (string, bool) {
	_, there := r.lookup(key)
	return r.text(key), there
}

// required takes a text that must not be empty.
func (r *reader) required(key, valid string) string {
	value, there := r.given(key)
	if there && value == "" {
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
	value, there := r.given(key)
	if there && !slices.Contains(words, value) {
		r.errorf(key, "is %q: it must be one of %s", value, strings.Join(words, ", "))
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
		r.errorf(key, "is %q: it must be a whole number from %d to %d", text, low, high)
		return 0
	}
	return value
}

// oneOf takes one of a few numbers.
func (r *reader) oneOf(key string, numbers []int) int {
	text, there := r.given(key)
	value, err := strconv.Atoi(text)
	if there && (err != nil || !slices.Contains(numbers, value)) {
		r.errorf(key, "is %q: it must be one of %s", text, strings.Trim(fmt.Sprint(numbers), "[]"))
	}
	return value
}

// boolean takes true or false.
func (r *reader) boolean(key string) bool {
	return r.choice(key, "true", "false") == "true"
}

// cidr takes an IPv4 network whose prefix length lies between two numbers.
func (r *reader) cidr(key string, shortest, longest int) string {
	text, there := r.given(key)
	network, err := netip.ParsePrefix(text)
	if there && (err != nil || !network.Addr().Is4() || network != network.Masked() ||
		network.Bits() < shortest || network.Bits() > longest) {
		r.errorf(key, "is %q: it must be an IPv4 network between /%d and /%d, such as 10.0.0.0/%d",
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
		r.errorf(key, "is %q: it must be a list of texts", text)
	}
	return values
}

// cidrs takes a list of at least one IPv4 network.
func (r *reader) cidrs(key string) []string {
	before := len(r.errors)
	values := r.list(key)
	if len(values) == 0 && len(r.errors) == before {
		r.errorf(key, "is empty: it must list at least one IPv4 network, such as 0.0.0.0/0 for the world")
	}
	for _, value := range values {
		network, err := netip.ParsePrefix(value)
		if err != nil || !network.Addr().Is4() || network != network.Masked() {
			r.errorf(key, "has %q: each must be an IPv4 network, such as 192.0.2.0/24", value)
		}
	}
	return values
}

// subnets takes a list of ids of subnets.
func (r *reader) subnets(key string) []string {
	values := r.list(key)
	for _, value := range values {
		if !subnetID.MatchString(value) {
			r.errorf(key, "has %q: each must be the id of a subnet, such as subnet-0123456789abcdef0", value)
		}
	}
	return values
}
