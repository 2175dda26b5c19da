package config

// Rolling replaces tasks in place, in one target group; all other strategies move traffic from one target group to another.
const Rolling = "rolling"

const (
	// longestBake is AWS's own limit, a day, for each wait of a deployment.
	longestBake = 1440
	// starting is how many minutes of a deployment are left for starting and stopping tasks.
	starting = 5
)

// Rollout is how ECS puts a new version into the place of the old one. Times are minutes; what the strategy does not use means nothing.
type Rollout struct {
	Strategy string
	// Bake is how long the old version stays, ready to serve again, after the new one got all traffic.
	Bake int
	// CanaryPercent of the traffic go to the new version for CanaryMinutes, and then all of it.
	CanaryPercent int
	CanaryMinutes int
	// LinearPercent more go there each LinearMinutes.
	LinearPercent int
	LinearMinutes int
}

// Shifts says whether traffic is moved between two target groups.
func (r Rollout) Shifts() bool { return r.Strategy != Rolling }

// Minutes is how long a deployment waits by intent, beside what it does.
func (r Rollout) Minutes() int {
	switch r.Strategy {
	case "blueGreen":
		return r.Bake
	case "canary":
		return r.Bake + r.CanaryMinutes
	case "linear":
		if r.LinearPercent == 0 {
			return 0 // It was refused, and that was said.
		}
		return r.Bake + (100+r.LinearPercent-1)/r.LinearPercent*r.LinearMinutes
	default:
		return 0
	}
}

// readRollout reads the strategy and sees that the deployment's timeout leaves room for it.
func readRollout(r *reader, timeout, requests int) Rollout {
	o := Rollout{
		Strategy:      r.choice("deploymentStrategy", Rolling, "blueGreen", "canary", "linear"),
		Bake:          r.integer("bakeMinutes", 0, longestBake),
		CanaryPercent: r.integer("canaryPercent", 1, 99),
		CanaryMinutes: r.integer("canaryMinutes", 0, longestBake),
		// AWS refuses steps of less than 3 percent.
		LinearPercent: r.integer("linearPercent", 3, 99),
		LinearMinutes: r.integer("linearMinutes", 0, longestBake),
	}
	if needed := o.Minutes() + starting; timeout > 0 && timeout < needed {
		r.wrong("deployTimeoutMinutes", "is %d: the deployment strategy %s waits %d minutes by itself, so it must be at least %d",
			timeout, o.Strategy, o.Minutes(), needed)
	}
	if o.Shifts() && o.Strategy != "" && requests > 0 {
		r.wrong("targetRequestsPerMinute", "is %d: AWS counts requests for one target group, and the deployment strategy %s uses two in turn, "+
			"so it must be 0", requests, o.Strategy)
	}
	return o
}
