# Each target is a line or two; the scripts say what they do and can be run alone.
.DEFAULT_GOAL := help
.PHONY: help run check test test-eks up rehearsal down logs status observe dashboard picture soak fuzz build image lint bench reproduce cost simulate release-dry-run

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: ## run the service on this terminal, again after each change where watchexec is installed
	@scripts/dev/run.sh

check: ready-for-test ## linters and the tests that are no load, two minutes once compiled: before each commit
	@scripts/dev/test.sh --quick

test: ready-for-test ## every test, or some stages: STAGE="lint infra"
	@scripts/dev/test.sh $(STAGE)

test-eks: ready-for-test ready-for-eks ## the scenarios on a real Kubernetes on this machine, once built ten minutes
	@scripts/dev/test-eks.sh

# NAME=, SET="cpu=512 memory=1024", IMAGE= and PLATFORM= say which rehearsal, which settings, which image and what it runs on, which is fargate or eks; all
# but the first are kept until "make down".
named = $(if $(NAME),-name $(NAME))
up: ready-for-up $(if $(PLATFORM),ready-for-$(PLATFORM)) ## build mote, start a local AWS, deploy to it and ask the URL; NAME=, SET="cpu=512", IMAGE=, PLATFORM=eks
	@scripts/dev/up.sh $(named) $(foreach setting,$(PLATFORM:%=platform=%) $(SET),-set '$(setting)') $(if $(IMAGE),-image $(IMAGE))

# Image and program are compiled side by side, by scripts/dev/up.sh: each of them leaves one of two processors idle at its end.
rehearsal:
	@scripts/dev/rehearse.sh compile

down: ## remove everything that "make up" created
	@scripts/dev/rehearse.sh down $(named)

logs: ## log lines of the tasks, or of the pods
	@scripts/dev/logs.sh $(named)

status: ## what is deployed, as JSON
	@scripts/dev/rehearse.sh status $(named)

observe: ready-for-up ## add Prometheus, Alertmanager and, where it can be had, Grafana to what "make up" started; "make down" ends them
	@scripts/dev/observe.sh up $(named)

dashboard: ## open Grafana of a stack on AWS: make dashboard STACK=prod
	@scripts/ops/dashboard.sh $(STACK)

picture: ready-for-up ## draw docs/dashboard.png anew: Grafana's dashboard of a rehearsal under load, a quarter of an hour
	@scripts/dev/picture.sh

soak: ## abusive clients at full length, seven minutes
	@MOTE_SOAK=1 timeout 900 cargo test --locked --test abuse -- --nocapture --test-threads 1

fuzz: ## fuzz the parsers of heads and bodies, ten minutes
	@gateway/fuzz/run.sh

build: ## the static binary, target/dist/mote-x86_64
	@scripts/dev/build.sh

# Says everything that is missing at once, before anything is done.
ready-for-%:
	@scripts/dev/preflight.sh $*

image: ## the OCI image, target/dist/image, by Nix where it is there (BUILDER=scripts or nix); ARCH=aarch64
	@image/make.sh

release-dry-run: ## everything that a release would publish, target/release-dry-run, with a check of each file
	@scripts/ci/build-release.sh target/release-dry-run

reproduce: ## build twice, as two people would, and compare the bytes
	@image/reproduce.sh

lint: ## formatters, linters and scanners only
	@scripts/dev/lint.sh

bench: ## measure mote beside its peers; PART=cost: a request, PART=knee: how many a task holds
	@bench/run.sh

cost: ## what a stack costs a month: make cost STACK=prod; STACK=-write writes docs/capacity.md
	@go -C infra run ./cmd/estimate-cost $(STACK)

# FLAGS="-work 5ms" and others are those of `go -C infra run ./cmd/simulate-scaling -help`.
simulate: ## what a stack does under a traffic, before a deployment: make simulate STACK=prod TRAFFIC=spike (or day, climb, FILE); VALIDATE=1 tries the simulation itself
	@$(if $(VALIDATE),scripts/dev/validate-simulation.sh,go -C infra run ./cmd/simulate-scaling $(if $(STACK),-stack $(STACK)) $(if $(TRAFFIC),-traffic $(or $(abspath $(wildcard $(TRAFFIC))),$(TRAFFIC))) $(FLAGS))
