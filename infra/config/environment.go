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
	maxSample       = 10000
	minMetricsPort  = 1024
	maxPort         = 65535

	// EnvironmentVariable tells the service which stack it is of, by which CloudWatch tells the metrics of two stacks apart.
	EnvironmentVariable = "MOTE_ENVIRONMENT"
	maxDrainDelay       = 60

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

// taken are the variables that the stack sets, or ECS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-metadata.html. Keys of an
// account would be read by all who may describe the task, and come before the role that the task has.
var taken = map[string]string{
	"MOTE_PORT": "containerPort", "MOTE_METRICS_PORT": "metricsPort", "MOTE_LOG_LEVEL": "logLevel", "MOTE_MESSAGE": "message",
	"MOTE_MAX_TARGET_BYTES": "maxTargetBytes", "MOTE_ACCESS_LOG_SAMPLE": "accessLogSample",
	"MOTE_CLOUDWATCH_EMF": "cloudwatchMetrics", "MOTE_KEEPALIVE_TIMEOUT_SECONDS": "idleTimeoutSeconds",
	"MOTE_DRAIN_DELAY_SECONDS": "drainDelaySeconds", "MOTE_SHUTDOWN_TIMEOUT_SECONDS": "stopTimeoutSeconds",
	"MOTE_TRUSTED_HOPS": "serviceSettings", EnvironmentVariable: "serviceSettings",

	"AWS_ACCESS_KEY_ID": "permissions", "AWS_SECRET_ACCESS_KEY": "permissions", "AWS_SESSION_TOKEN": "permissions",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "permissions",
}

// readOwnVariables sets the service's variables. What follows from another setting is computed here and stated nowhere else.
func readOwnVariables(r *reader) map[string]string {
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
	if sample := r.integer("accessLogSample", 1, maxSample); sample > 1 {
		environment["MOTE_ACCESS_LOG_SAMPLE"] = strconv.Itoa(sample)
	}
	if r.boolean("cloudwatchMetrics") {
		environment["MOTE_CLOUDWATCH_EMF"] = "true"
	}
	delay, stop := r.integer("drainDelaySeconds", 0, maxDrainDelay), r.stopTimeout()
	if shutdown := stop - killMargin - delay; shutdown >= minShutdown {
		environment["MOTE_DRAIN_DELAY_SECONDS"] = strconv.Itoa(delay)
		environment["MOTE_SHUTDOWN_TIMEOUT_SECONDS"] = strconv.Itoa(shutdown)
	} else if stop > 0 && r.own() {
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
		r.integer("metricsPort", minMetricsPort, maxPort)
	}
	if port != "" && port == r.text("containerPort") && r.own() {
		r.errorf("containerPort", "is %s: it must not be metricsPort, which is the same", port)
	}
	return port
}

// metricsPortNumber is that port, or 0 where there is none.
func (r *reader) metricsPortNumber() int {
	port, err := strconv.Atoi(r.metricsPort())
	if err != nil {
		return 0 // It was refused already.
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
