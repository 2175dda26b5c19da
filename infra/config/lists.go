package config

import (
	"regexp"
	"strconv"
)

var (
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	timezone   = regexp.MustCompile(`^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$`)
	keyArn     = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$`)
	// A secret's ARN may go on with a key in it, a stage and a version, each after a colon.
	secret = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(arn:aws[a-z-]*:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^:\s*]+(?::[^:\s*]*){0,3}|` +
		`ssm:[a-z0-9-]+:[0-9]{12}:parameter/[^:\s*]+))$`)
	// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html, PolicyName.
	policyName = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,128}$`)
	shift      = regexp.MustCompile(`^((?:cron|rate|at)\([^()]+\)) ([0-9]{1,4}) ([0-9]{1,4})$`)
)

// readSecrets takes a list of NAME=ARN. A name that the environment has already would hide one of the two.
func readSecrets(r *reader, environment map[string]string) map[string]string {
	secrets := map[string]string{}
	for _, text := range r.list("secrets") {
		parts := secret.FindStringSubmatch(text)
		if parts == nil {
			r.wrong("secrets", "has %q: each must be NAME=ARN, of a secret or a parameter, without a wildcard", text)
			continue
		}
		if _, twice := environment[parts[1]]; twice || secrets[parts[1]] != "" {
			r.wrong("secrets", "has %s, which the container gets already: each name must be given once", parts[1])
		}
		secrets[parts[1]] = parts[2]
	}
	return secrets
}

// readSchedule takes a list of times with the bounds that hold from then on.
func readSchedule(r *reader) []Shift {
	var shifts []Shift
	for _, text := range r.list("scalingSchedule") {
		parts := shift.FindStringSubmatch(text)
		if parts == nil {
			r.wrong("scalingSchedule", "has %q: each must be a time and two bounds, such as cron(0 7 ? * MON-FRI *) 4 12", text)
			continue
		}
		low, lowErr := strconv.Atoi(parts[2])
		high, highErr := strconv.Atoi(parts[3])
		if lowErr != nil || highErr != nil || high < low || high == 0 {
			r.wrong("scalingSchedule", "has %q: the second bound must be at least the first, and more than 0", text)
		}
		shifts = append(shifts, Shift{Schedule: parts[1], Min: low, Max: high})
	}
	return shifts
}
