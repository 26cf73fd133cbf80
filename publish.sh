#!/usr/bin/env bash
# Publishes the native binary, libonnxruntime.so and the licences into a folder: publish.sh FOLDER [arguments of dotnet]. RID names another target.
set -euo pipefail
cd "$(dirname "$0")"
output=$1
shift
rid=${RID:-linux-$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet publish src/Server -r "$rid" -o "$output" -warnaserror --tl:off -v:quiet "$@"
wc -c "$output"/{thaw,libonnxruntime.so}
