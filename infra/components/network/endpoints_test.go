package network

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNetwork_EndpointsHaveNames(t *testing.T) {
	require.Greater(t, len(endpoints), 20)
	for prefix, one := range endpoints {
		require.Regexp(t, `^[a-z0-9.-]+$`, one.Name, prefix)
		require.True(t, HasEndpoint(prefix))
	}
	require.False(t, HasEndpoint("polly"))
	for _, name := range gateways {
		require.Equal(t, name, endpoints[name].Name)
	}
}

func TestNetwork_ServiceIsMissingWhereAWSDoesNotHaveIt(t *testing.T) {
	require.True(t, LacksService("textract", "cn-north-1"))
	require.False(t, LacksService("textract", "us-gov-west-1"))
	require.False(t, LacksService("dynamodb", "cn-north-1"))
}
