package config

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the service accepts in its environment is in src/config/settings.rs; TestConfig_ServiceAcceptsItsEnvironment starts
// it with what is set here.
const (
	// variablePrefix begins the service's own variables.
	variablePrefix  = "MOTE_"
	maxMessageBytes = 1024
	minTargetBytes  = 1024
	maxTargetBytes  = 15360
	minPort         = 1024
	maxPort         = 65535
	maxDrainDelay   = 60

	// keepaliveMargin is how much longer than the load balancer the service keeps an idle connection, in seconds. If it closed one first, a
	// request that is on its way would get a 502.
	keepaliveMargin = 15
	// killMargin are the seconds between the end of the service's own shutdown and SIGKILL.
	killMargin = 2
	// minShutdown are the fewest seconds for requests in flight.
	minShutdown = 1
	// trustedHops is the load balancer: one proxy.
	trustedHops = 1
)

// readEnvironment sets the service's variables. What follows from another setting is computed here and stated nowhere else.
func readEnvironment(r *reader) map[string]string {
	environment := map[string]string{
		"MOTE_PORT":         r.text("containerPort"),
		"MOTE_METRICS_PORT": r.metricsPort(),
		"MOTE_LOG_LEVEL":    r.choice("logLevel", "error", "warn", "info", "debug", "trace"),
		"MOTE_TRUSTED_HOPS": strconv.Itoa(trustedHops),

		"MOTE_MAX_TARGET_BYTES":          strconv.Itoa(r.integer("maxTargetBytes", minTargetBytes, maxTargetBytes)),
		"MOTE_KEEPALIVE_TIMEOUT_SECONDS": strconv.Itoa(r.integer("idleTimeoutSeconds", 1, 4000) + keepaliveMargin),
	}
	if message := r.message("message"); message != "" {
		environment["MOTE_MESSAGE"] = message
	}
	if r.boolean("cloudwatchMetrics") {
		environment["MOTE_CLOUDWATCH_EMF"] = "true"
	}
	delay, stop := r.integer("drainDelaySeconds", 0, maxDrainDelay), r.stopTimeout()
	if shutdown := stop - killMargin - delay; shutdown >= minShutdown {
		environment["MOTE_DRAIN_DELAY_SECONDS"] = strconv.Itoa(delay)
		environment["MOTE_SHUTDOWN_TIMEOUT_SECONDS"] = strconv.Itoa(shutdown)
	} else if stop > 0 {
		r.errorf("stopTimeoutSeconds", "is %d: it must be at least %d, since drainDelaySeconds is %d and requests in flight need some time after it",
			stop, delay+minShutdown+killMargin, delay)
	}
	return environment
}

// stopTimeout takes the seconds between SIGTERM and SIGKILL, of which Fargate allows 120.
func (r *reader) stopTimeout() int { return r.integer("stopTimeoutSeconds", 2, 120) }

// metricsPort takes the port of the metrics, which must not be that of the clients: the load balancer would show them to the world.
func (r *reader) metricsPort() string {
	port := r.text("metricsPort")
	if port != "0" {
		r.integer("metricsPort", minPort, maxPort)
	}
	if port != "" && port == r.text("containerPort") {
		r.errorf("containerPort", "is %s: it must not be metricsPort, which is the same", port)
	}
	return port
}

// message takes what the service takes: a text without control characters.
func (r *reader) message(key string) string {
	message := r.text(key)
	unprintable := func(c rune) bool { return unicode.IsControl(c) || c == utf8.RuneError }
	if len(message) > maxMessageBytes || strings.ContainsFunc(message, unprintable) {
		r.errorf(key, "is %q: it must be at most %d bytes of text without control characters", message, maxMessageBytes)
	}
	return message
}
