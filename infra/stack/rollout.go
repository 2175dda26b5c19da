package stack

import "github.com/mote-dev/mote/infra/components/service"

// rollout hands the service what it needs to move traffic, or nothing where tasks are replaced in place.
func (e *environment) rollout() *service.Rollout {
	chosen := e.chosen.Rollout
	if !chosen.Shifts() {
		return nil
	}
	return &service.Rollout{
		Strategy:       chosen.Strategy,
		BakeMinutes:    chosen.Bake,
		CanaryPercent:  chosen.CanaryPercent,
		CanaryMinutes:  chosen.CanaryMinutes,
		LinearPercent:  chosen.LinearPercent,
		LinearMinutes:  chosen.LinearMinutes,
		AlternateGroup: e.edge.AlternateGroup,
		ProductionRule: e.edge.ProductionRule,
	}
}
