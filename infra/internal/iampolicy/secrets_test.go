package iampolicy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecret_IsPickedAsECSPicksIt(t *testing.T) {
	const (
		token     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mote/token-AbCdEf"
		parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/mote/url"
	)
	for reference, want := range map[string]Secret{
		token:                         {ARN: token},
		token + ":field::":            {ARN: token, Key: "field"},
		token + ":field":              {ARN: token, Key: "field"},
		token + "::AWSPREVIOUS:":      {ARN: token, Stage: "AWSPREVIOUS"},
		token + ":field:AWSCURRENT:7": {ARN: token, Key: "field", Stage: "AWSCURRENT", Version: "7"},
		parameter:                     {ARN: parameter},
	} {
		require.Equal(t, want, ParseSecret(reference), reference)
	}
}
