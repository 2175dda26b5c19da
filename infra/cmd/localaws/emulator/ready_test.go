package emulator

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReady_BusyEmulatorIsThere(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(2500 * time.Millisecond) }))
	require.True(t, Ready(t.Context(), server.URL))
	server.Close()
	require.False(t, Ready(t.Context(), server.URL))
}
