package observability

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/internal/callerinfo"
)

// noise is a text that does not get smaller.
func noise(length int) string {
	letters := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for range length {
		text.WriteByte(byte('!' + letters.IntN(90)))
	}
	return text.String()
}

func TestObservability_DefinitionThatAWSWouldRefuseIsAnError(t *testing.T) {
	args := &Args{
		Settings: Settings{Mode: Prometheus, Port: 9090, PrometheusImage: "prometheus", GrafanaImage: "grafana"},
		CPU:      256, Memory: 512, Caller: callerinfo.Info{Region: "eu-west-1"},
	}
	text, err := containerDefinitions(args, "cluster", "service", "group", "password")
	require.NoError(t, err)
	require.Less(t, len(text), maxDefinition/2, "there is room for other rules and panels")

	defer func(before string) { Rules = before }(Rules)
	Rules = noise(maxDefinition)
	_, err = containerDefinitions(args, "cluster", "service", "group", "password")
	require.ErrorContains(t, err, "AWS allows 65536")
}

func TestObservability_WhatIsMissingIsAnError(t *testing.T) {
	for missing, settings := range map[string]Settings{
		"collects nothing":    {Mode: None},
		"port of the metrics": {Mode: Prometheus},
		"images":              {Mode: Prometheus, Port: 9090},
		"cluster, service":    {Mode: Prometheus, Port: 9090, PrometheusImage: "prometheus", GrafanaImage: "grafana"},
	} {
		require.ErrorContains(t, check(&Args{Settings: settings, CPU: 256, Memory: 512}), missing)
	}
}
