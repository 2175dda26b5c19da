package observability

// GrafanaFolder is where a container has the folders of GrafanaFiles.
const GrafanaFolder = folder

// GrafanaSettings are the variables of a Grafana that reads GrafanaFiles and listens on localhost.
func GrafanaSettings() map[string]string {
	settings := map[string]string{}
	for _, one := range grafanaSettings() {
		settings[one.Name] = one.Value
	}
	return settings
}
