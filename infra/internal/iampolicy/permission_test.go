package iampolicy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const table = "arn:aws:dynamodb:eu-central-1:123456789012:table/notes"

func TestPermission_IsReadAsItIsWritten(t *testing.T) {
	for _, text := range []string{
		"dynamodb:GetItem on " + table,
		"dynamodb:GetItem dynamodb:PutItem on " + table,
		"s3:Get* on arn:aws:s3:::notes/* because notes come and go",
		"polly:SynthesizeSpeech on * because AWS knows no resource for it",
	} {
		p, err := ParsePermission(text)
		require.NoError(t, err, text)
		require.Equal(t, text, p.String())
	}
}

func TestPermission_DeniesWhatNoStatementCoversWhole(t *testing.T) {
	policy, err := JSON(
		Allow("One", []string{"dynamodb:GetItem"}, []string{table}),
		Allow("Objects", []string{"s3:GetObject"}, []string{"arn:aws:s3:::notes/*"}),
	)
	require.NoError(t, err)
	for text, denied := range map[string][]string{
		"dynamodb:GetItem on " + table:                              nil,
		"dynamodb:GetItem dynamodb:PutItem on " + table:             {"dynamodb:PutItem"},
		"dynamodb:Get* on " + table + " because of reasons":         {"dynamodb:Get*"},
		"dynamodb:GetItem on " + table + "* because of reasons":     {"dynamodb:GetItem"},
		"s3:GetObject on arn:aws:s3:::notes/a":                      nil,
		"s3:GetObject on arn:aws:s3:::notes/a/* because of reasons": nil,
		"s3:GetObject on arn:aws:s3:::no* because of reasons":       {"s3:GetObject"},
		"s3:GetObject on * because of reasons":                      {"s3:GetObject"},
	} {
		p, err := ParsePermission(text)
		require.NoError(t, err)
		found, err := p.Denied(policy)
		require.NoError(t, err)
		require.Equal(t, denied, found, text)
	}
	p, err := ParsePermission("dynamodb:GetItem on " + table)
	require.NoError(t, err)
	_, err = p.Denied(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	require.ErrorContains(t, err, "read policy", "a policy of another form is not guessed at")
}
