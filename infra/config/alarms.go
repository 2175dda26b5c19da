package config

import "regexp"

var (
	// Whether an address is one, only a letter to it can tell; this keeps out what SNS refuses.
	email    = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	topicArn = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$`)
)

func readAlarms(r *reader) Alarms {
	a := Alarms{
		Wanted:              r.boolean("alarms"),
		Email:               r.matching("alarmEmail", email, "an address such as team@example.com"),
		Topic:               r.matching("alarmTopicArn", topicArn, "the ARN of an SNS topic"),
		Errors:              r.integer("alarmErrors", 1, 1000000),
		LatencyMilliseconds: r.integer("alarmLatencyMilliseconds", 1, 60000),
		Rollback:            r.boolean("rollbackOnAlarms"),
		Dashboard:           r.boolean("dashboard"),
	}
	if a.Email != "" && a.Topic != "" {
		r.wrong("alarmEmail", "is set, and mote:alarmTopicArn is too: one of them must go, since a topic that is there is not changed")
	}
	if !a.Wanted && (a.Email != "" || a.Topic != "") {
		r.wrong("alarms", "is false, and somebody is to be told of them: it must be true")
	}
	return a
}
