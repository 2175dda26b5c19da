// A module of its own: Grafana's SDK is needed to write the dashboard, and by nothing that deploys it.
module github.com/mote-dev/mote/tools/dashboards

go 1.26.0

toolchain go1.26.10

require (
	github.com/grafana/grafana-foundation-sdk/go v0.0.22
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
