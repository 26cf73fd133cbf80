# make run            publish, serve, load the sample model, ask it something, and stay up
# make test           build everything, run every test, the published binary's among them
# make publish        the native binary and libonnxruntime.so, in artifacts/thaw/
# make bench-startup  publish, measure time to readiness and idle memory, into bench/results/startup.json
# make bench-micro    micro-benchmarks; fails where one allocates more than it may
# make bench-tokenizer  the tokenizer alone: micro-benchmarks, and its time for hostile texts, into bench/results/tokenizer-curve.*
# make bench-cold     publish, load and first answer of models that are not in memory, beside plain ONNX Runtime, into bench/results/cold-load.*
# make bench-density  publish, 200 models in turn in a quarter of their size of memory, into bench/results/density.json
# make bench-fifty    publish, 50 different BERT-base models in memory at once (22 GB of disk), into bench/results/fifty.json
# make help           the rest

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

RID ?= linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)
OUTPUT ?= artifacts/thaw
PORT ?= 8080
FILTER ?= *
DOTNET_ARGS ?=
BENCH_ARGS ?=

export DOTNET_CLI_TELEMETRY_OPTOUT ?= 1
export DOTNET_NOLOGO ?= 1

.PHONY: help
help:
	@grep -E '^# make' Makefile | sed 's/^# //'
	@echo "Variables: PORT (8080), OUTPUT (artifacts/thaw), FILTER (bench-micro: *, such as *Tokenizer*), BENCH_ARGS (bench-cold, -density, -fifty: such as --quick), DOTNET_ARGS (such as -p:OnnxRuntimeSource=nuget)"

# The ahead-of-time compiler of net10.0 needs a package that not every registry has; that of net9.0 is everywhere.
.PHONY: publish
publish:
	@mkdir -p artifacts; \
	framework=net10.0; \
	if ! dotnet restore src/Server -r $(RID) -p:AotFramework=$$framework $(DOTNET_ARGS) > artifacts/restore.log 2>&1; then \
	    if grep -q -E 'NU110[123].*(ILCompiler|NativeAOT)' artifacts/restore.log; then \
	        framework=net9.0; \
	        echo "Note: no package source has the native compiler for net10.0; publishing for net9.0 instead."; \
	    else \
	        cat artifacts/restore.log; exit 1; \
	    fi; \
	fi; \
	compiler=$$(command -v clang > /dev/null && echo clang || echo gcc); \
	dotnet publish src/Server -c Release -f $$framework -r $(RID) -p:AotFramework=$$framework -p:CppCompilerAndLinker=$$compiler \
	    -p:DebugSymbols=false -warnaserror $(DOTNET_ARGS) -o '$(OUTPUT)' --tl:off -v:quiet
	@rm -f '$(OUTPUT)'/thaw.dbg '$(OUTPUT)'/*.pdb '$(OUTPUT)'/*.json
	@cp LICENSE THIRD-PARTY-NOTICES.txt '$(OUTPUT)/'
	@cd '$(OUTPUT)' && wc -c thaw libonnxruntime.so

.PHONY: run
run: publish
	@node samples/run.mjs '$(OUTPUT)/thaw' $(PORT)

.PHONY: test
test: publish
	dotnet build Server.sln -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	THAW_BINARY="$$(realpath '$(OUTPUT)/thaw')" dotnet test Server.sln --no-build --tl:off --logger "console;verbosity=normal" $(DOTNET_ARGS)

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

.PHONY: bench-cold bench-density bench-fifty
bench-cold bench-density bench-fifty: publish
	@dotnet build bench/ColdLoad -c Release -warnaserror --tl:off -v:quiet $(DOTNET_ARGS)
	@dotnet run -c Release --no-build --project bench/ColdLoad $(DOTNET_ARGS) -- $(@:bench-%=%) --binary '$(OUTPUT)/thaw' $(BENCH_ARGS)
