package notifications_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mote-dev/mote/infra/cmd/localaws/notifications"
)

func post(receiver http.Handler, body string) int {
	answer := httptest.NewRecorder()
	receiver.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, notifications.Path, strings.NewReader(body)))
	return answer.Code
}

func TestNotifications_WhatAlertmanagerSendsIsShownInItsOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notifications.jsonl")
	none, err := notifications.Read(file)
	require.NoError(t, err)
	require.Empty(t, none)

	receiver := notifications.NewReceiver(file)
	alert := `{"status":"STATUS","labels":{"alertname":"MoteTaskRestarted","severity":"warning"},"annotations":{"summary":"1 of the tasks","runbook_url":"https://example.org/runbook"}}`
	for _, status := range []string{"firing", "resolved"} {
		require.Equal(t, http.StatusOK, post(receiver, `{"version":"4","alerts":[`+strings.Replace(alert, "STATUS", status, 1)+`]}`))
	}
	all, err := notifications.Read(file)
	require.NoError(t, err)
	require.Len(t, all, 2)
	for i, status := range []string{"firing", "resolved"} {
		require.False(t, all[i].Time.IsZero())
		all[i].Time = all[0].Time
		require.Equal(t, notifications.Notification{
			Time: all[0].Time, Status: status, Alert: "MoteTaskRestarted", Severity: "warning", Summary: "1 of the tasks", Runbook: "https://example.org/runbook",
		}, all[i])
	}
}

func TestNotifications_WhatIsNoJSONIsRefusedAndWhatCannotBeKeptIsSentAgain(t *testing.T) {
	require.Equal(t, http.StatusBadRequest, post(notifications.NewReceiver(filepath.Join(t.TempDir(), "file")), "alert!"))
	require.Equal(t, http.StatusInternalServerError, post(notifications.NewReceiver(filepath.Join(t.TempDir(), "no", "file")), "{}"))
}
