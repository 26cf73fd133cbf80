# make run            publish, serve, load the sample model, ask it something, and stay up
# make test           build everything, run every test, the published binary's among them
# make publish        the native binary and libonnxruntime.so, in artifacts/thaw/
# make format-check   after make test: fails where the format or the style of the code differs from .editorconfig
# make image-check    publish, make the container image's file system without a container engine, hold it to its limits, run the contract tests in it
# make bench-startup  publish, measure time to readiness and idle memory, into bench/results/startup.json
# make bench-micro    micro-benchmarks; fails where one allocates more than it may
# make bench-tokenizer  the tokenizer alone: micro-benchmarks, and its time for hostile texts, into bench/results/tokenizer-curve.*
# make bench-gpu      publish with the CUDA provider and compare the CPU with the GPU over MODELS, into bench/results/gpu.json
# make bench-cold     publish, load and first answer of models that are not in memory, and warm answers, beside plain ONNX Runtime, into bench/results/cold-load*
# make bench-density  publish, 200 models in turn in a quarter of their size of memory, then 10,000 small ones at once, into bench/results/density.json, at-once.*
# make bench-fifty    publish, 50 different BERT-base models in memory at once (22 GB of disk), into bench/results/fifty.json
# make bench-shapes   the two sessions of an architecture by shape of the run, and what the choice between them costs, into bench/results/shapes.json
# make help           the rest

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

RID ?= linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)
OUTPUT ?= artifacts/thaw
PORT ?= 8080
FILTER ?= *
DOTNET_ARGS ?=
BASE ?=
MODELS ?= samples/langid
# A filter that selects no test is an error.
TESTS_OR_ERROR := RunConfiguration.TreatNoTestsAsError=true
BENCH_ARGS ?=

export DOTNET_CLI_TELEMETRY_OPTOUT ?= 1
export DOTNET_NOLOGO ?= 1

.PHONY: help
help:
	@grep -E '^# make' Makefile | sed 's/^# //'
	@echo "Variables: PORT (8080), OUTPUT (artifacts/thaw), FILTER (bench-micro: *, such as *Tokenizer*), BENCH_ARGS (bench-cold, -density, -fifty, -shapes: such as --quick), DOTNET_ARGS (such as -p:Cuda=true),"
	@echo "BASE (image-check: a folder with the base image's files, in place of this machine's libraries), MODELS (bench-gpu: model folders)"

.PHONY: publish
publish:
	@RID='$(RID)' ./publish.sh '$(abspath $(OUTPUT))' $(DOTNET_ARGS)

.PHONY: run
run: publish
	@samples/run.sh '$(OUTPUT)/thaw' $(PORT)

# The tests of deploy/sagemaker hold its calls against the services' own models, which boto3 brings.
.PHONY: boto3
boto3:
	@if python3 -c 'import boto3' 2> /dev/null || /usr/bin/python3 -c 'import boto3' 2> /dev/null; then exit; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3-boto3 > /dev/null; then exit; fi; \
	echo "python3 has no boto3, so two tests of deploy/sagemaker will be skipped. Install it: apt-get install python3-boto3, or pip install boto3."

.PHONY: test
test: publish boto3
	dotnet build Server.sln -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	THAW_BINARY="$$(realpath '$(OUTPUT)/thaw')" dotnet test Server.sln --no-build --tl:off --logger "console;verbosity=normal" $(DOTNET_ARGS)

.PHONY: format-check
format-check:
	dotnet format whitespace Server.sln --no-restore --verify-no-changes
	dotnet format style Server.sln --no-restore --verify-no-changes

.PHONY: image-check
image-check: publish
	@dotnet build tests/FunctionalTests -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run --no-build --project tests/ContainerImage -- '$(OUTPUT)' artifacts/image $(BASE)
	@TMPDIR='$(CURDIR)/artifacts/image/models' THAW_BINARY='$(CURDIR)/artifacts/image/thaw' \
	    dotnet test tests/FunctionalTests --no-build --tl:off --logger "console;verbosity=minimal" --filter Category=image -- $(TESTS_OR_ERROR)
	@THAW_BINARY='$(abspath $(OUTPUT))/thaw' dotnet test tests/FunctionalTests --no-build --tl:off --logger "console;verbosity=minimal" --filter 'FullyQualifiedName~.ImageTests' -- $(TESTS_OR_ERROR)
	@tests/ContainerImage/buildah.sh Dockerfile
	@tests/ContainerImage/buildah.sh Dockerfile.gpu

.PHONY: bench-startup
bench-startup: publish
	@dotnet build bench/ServerProcess -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/ServerProcess -- startup --binary '$(OUTPUT)/thaw'

.PHONY: bench-micro
bench-micro:
	@dotnet build bench/MicroBenchmarks -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/MicroBenchmarks -- --filter '$(FILTER)' --artifacts artifacts/benchmarks

.PHONY: bench-tokenizer
bench-tokenizer:
	@dotnet build bench/MicroBenchmarks -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/MicroBenchmarks -- curve
	@dotnet run -c Release --no-build --project bench/MicroBenchmarks -- --filter '*Tokenizer*' '*Peer*' --artifacts artifacts/benchmarks

.PHONY: bench-gpu
bench-gpu:
	@./publish.sh '$(abspath artifacts/thaw-gpu)' -p:Cuda=true $(DOTNET_ARGS)
	@dotnet build bench/Gpu -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/Gpu -- artifacts/thaw-gpu/thaw bench/results/gpu.json cuda $(MODELS)

.PHONY: bench-shapes
bench-shapes:
	@dotnet build bench/Shapes -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/Shapes $(DOTNET_ARGS) -- $(BENCH_ARGS)

.PHONY: bench-cold bench-density bench-fifty
bench-cold bench-density bench-fifty: publish
	@dotnet build bench/ColdLoad -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/ColdLoad $(DOTNET_ARGS) -- $(@:bench-%=%) --binary '$(OUTPUT)/thaw' $(BENCH_ARGS)
