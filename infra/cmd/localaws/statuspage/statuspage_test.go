package statuspage_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/awsconfig"
	"github.com/mote-dev/mote/infra/cmd/localaws/statuspage"
)

// get asks a page whose local AWS is the handler.
func get(t *testing.T, aws http.Handler, path string) (*http.Response, string) {
	t.Helper()
	local := httptest.NewServer(aws)
	t.Cleanup(local.Close)
	server := httptest.NewServer(statuspage.NewHandler(statuspage.NewClients(awsconfig.Config(local.URL), "", nil)))
	t.Cleanup(server.Close)
	answer, err := http.Get(server.URL + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

func TestPage_LoadsNothingFromElsewhere(t *testing.T) {
	answer, text := get(t, http.NotFoundHandler(), statuspage.Path)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "default-src 'none'")
	require.NotRegexp(t, `(?i)//[a-z]|src=|@import|innerHTML`, text)
}

func TestData_TellsWhyItCannotBeRead(t *testing.T) {
	answer, text := get(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		w.WriteHeader(http.StatusBadRequest)
	}), statuspage.Path+"data.json")
	require.Equal(t, http.StatusBadGateway, answer.StatusCode)
	require.Regexp(t, `"error":"list clusters: .*AccessDeniedException`, text)
}
