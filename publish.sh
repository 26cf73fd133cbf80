#!/usr/bin/env bash
# Publishes the native binary and libonnxruntime.so into a folder: publish.sh FOLDER [arguments of dotnet]. RID names another target.
set -euo pipefail
cd "$(dirname "$0")"
output=$1
shift
rid=${RID:-linux-$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# The ahead-of-time compiler of net10.0 needs a package that not every registry has; that of net9.0 is everywhere.
framework=net10.0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! dotnet restore src/Server -r "$rid" -p:AotFramework=$framework "$@" > "$log" 2>&1; then
    if grep -q -E 'NU110[123].*(ILCompiler|NativeAOT)' "$log"; then
        framework=net9.0
        echo "Note: no package source has the native compiler for net10.0; publishing for net9.0 instead."
    else
        cat "$log"
        exit 1
    fi
fi
compiler=$(command -v clang > /dev/null && echo clang || echo gcc)
dotnet publish src/Server -c Release -f $framework -r "$rid" -p:AotFramework=$framework -p:CppCompilerAndLinker="$compiler" \
    -p:DebugSymbols=false -warnaserror "$@" -o "$output" --tl:off -v:quiet
rm -f "$output"/thaw.dbg "$output"/*.pdb "$output"/*.json
cp LICENSE THIRD-PARTY-NOTICES.txt "$output/"
cd "$output"
wc -c thaw libonnxruntime.so
