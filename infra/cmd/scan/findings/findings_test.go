package findings_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/scan/findings"
)

// reasons reads a file with this text.
func reasons(t *testing.T, text string) (findings.Reasons, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reasons.txt")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return findings.Read(path)
}

var found = []findings.Finding{
	{Check: "CKV_1", Resource: "aws_lb.mote-prod", Name: "Ensure one"},
	{Check: "CKV_1", Resource: "aws_lb.mote-dev", Name: "Ensure one"},
	{Check: "CKV_2", Resource: "aws_lb.mote-prod", Name: "Ensure two"},
}

func TestFindings_NeedAReason(t *testing.T) {
	known, err := reasons(t, "# first\n\nCKV_1 aws_lb.mote-* since it is a good one\n")
	require.NoError(t, err)
	require.Equal(t, []string{"CKV_2 aws_lb.mote-prod: Ensure two"}, known.Judge(found))
}

func TestFindings_ReasonIsForTheResourcesThatItNames(t *testing.T) {
	known, err := reasons(t, "CKV_1 aws_lb.mote-dev since it is a good one\nCKV_2 aws_lb.* since it is a good one\n")
	require.NoError(t, err)
	require.Equal(t, []string{"CKV_1 aws_lb.mote-prod: Ensure one"}, known.Judge(found))
}

func TestFindings_UnneededReasonIsAProblem(t *testing.T) {
	known, err := reasons(t, "CKV_1 aws_lb.* since it is a good one\nCKV_2 aws_lb.* since it is a good one\nCKV_3 aws_lb.* since it is a good one\n"+
		"CKV_1 aws_lb.mote-dev since it is a good one\n")
	require.NoError(t, err)
	require.Equal(t, []string{
		"CKV_3 aws_lb.* has a reason, and is not found: take it out",
		"CKV_1 aws_lb.mote-dev has a reason, and is not found: take it out",
	}, known.Judge(found))
}

func TestFindings_RefusesAnExceptionWithoutAReason(t *testing.T) {
	for _, text := range []string{"CKV_1", "CKV_1 aws_lb.*", "CKV_1 aws_lb.* because", "CKV_1 aws_lb.[ since it is a good one"} {
		_, err := reasons(t, "CKV_9 aws_lb.* since it is a good one\n"+text)
		require.ErrorContains(t, err, "reasons.txt:2: ", text)
	}
}

func TestFindings_ReportOfNothingIsAnError(t *testing.T) {
	_, err := findings.Parse([]byte(`{"passed": 0, "failed": 0, "resource_count": 0}`))
	require.ErrorContains(t, err, "could not read the plan")
	_, err = findings.Parse([]byte(`{"results": {}, "summary": {"passed": 5, "resource_count": 3, "parsing_errors": 1}}`))
	require.ErrorContains(t, err, "could not read the plan")
	report, err := findings.Parse([]byte(`{"results": {"failed_checks": [{"check_id": "CKV_1", "resource": "aws_lb.one", "check_name": "Ensure"}]},
		"summary": {"passed": 5, "resource_count": 3}}`))
	require.NoError(t, err)
	require.True(t, report.Has("CKV_1", "aws_lb.one"))
	require.False(t, report.Has("CKV_1", "aws_lb.two"))
}
