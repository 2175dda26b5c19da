# Each target is a line or two; the scripts say what they do and can be run alone.
.DEFAULT_GOAL := help
.PHONY: help up down test soak fuzz build image lint bench reproduce cost

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

up: ready-for-up image ## build mote, start a local AWS, deploy to it and ask the URL
	@scripts/dev/rehearse.sh up

down: ## take away all that "make up" made
	@scripts/dev/rehearse.sh down

test: ready-for-test ## pass every test
	@scripts/dev/test.sh

soak: ## hostile clients at full length, seven minutes
	@MOTE_SOAK=1 timeout 900 cargo test --locked --test abuse -- --nocapture --test-threads 1

fuzz: ## feed the readers of heads and bodies nonsense, ten minutes
	@gateway/fuzz/run.sh

build: ## the static binary, target/dist/mote-x86_64
	@scripts/dev/build.sh

# Says everything that is missing at once, before anything is done.
ready-for-%:
	@scripts/dev/preflight.sh $*

image: ## the OCI image, target/dist/image, by Nix where it is there (BUILDER=scripts or nix)
	@image/make.sh

reproduce: ## build twice, as two people would, and compare the bytes
	@image/reproduce.sh

lint: ## formatters, linters and scanners only
	@scripts/dev/lint.sh

bench: ## measure mote beside its peers
	@bench/run.sh

cost: ## what a stack costs a month: make cost STACK=prod
	@go -C infra run ./cmd/estimate-cost $(STACK)
