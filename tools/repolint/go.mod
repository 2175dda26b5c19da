module github.com/mote-dev/mote/tools/repolint

go 1.26

toolchain go1.26.10

require go.yaml.in/yaml/v3 v3.0.6
