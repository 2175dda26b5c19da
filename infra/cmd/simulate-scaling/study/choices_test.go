package study

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
	"github.com/mote-dev/mote/infra/config"
)

// No setting is tried that the program would refuse, whatever the peak needs.
func TestStudy_TriesWhatTheProgramTakes(t *testing.T) {
	for name, rate := range map[string]float64{"day": 1e6, "spike": 1e6, "climb": 0} {
		shape, err := model.Shape(name, rate)
		require.NoError(t, err)
		s := &Study{run: model.Run{
			Service: model.Service{Cores: 0.25, Work: 0.001}, Traffic: shape,
			Scaling: model.Scaling{Min: 2, Max: 6, Policies: []model.Policy{{Metric: model.CPU, Target: 60}}},
		}}
		tried := s.choices()
		require.NotEmpty(t, tried)
		for _, one := range tried {
			require.LessOrEqual(t, one.scaling.Max, config.MaxTasks)
			require.LessOrEqual(t, one.scaling.Min, one.scaling.Max)
			for _, action := range one.schedule {
				require.LessOrEqual(t, action.Max, config.MaxTasks)
				require.LessOrEqual(t, action.Min, action.Max)
			}
		}
	}
}
