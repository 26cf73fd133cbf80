#!/usr/bin/env bash
# Starts a published thaw, loads the sample model, asks it a question, and stays up until it is stopped: samples/run.sh BINARY [PORT]
# It sends HTTP through bash's own /dev/tcp, so that nothing else must be installed.
set -euo pipefail
binary=$1
port=${2:-8080}
model=$(cd "$(dirname "$0")/langid" && pwd)
json='Content-Type: application/json'

connect() { { exec 3<> "/dev/tcp/127.0.0.1/$port"; } 2> /dev/null; }

# request METHOD PATH [BODY]: prints the body of the answer; fails unless the answer is 200.
request() (
    LC_ALL=C body=${3:-}
    connect || exit
    printf '%s %s HTTP/1.0\r\n%s\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" "$json" "${#body}" "$body" >&3
    read -r _ status _ <&3
    while read -r header <&3 && [ "$header" != $'\r' ]; do :; done
    read -r -d '' answer <&3 || printf '%s' "$answer"
    [ "$status" = 200 ]
)

if (connect); then
    echo "Port $port is taken: another program listens on it. Choose another port, such as: make run PORT=$((port + 1))" >&2
    exit 1
fi

"$binary" serve --port "$port" &
server=$!
interrupted=
trap 'kill "$server" 2> /dev/null || true' EXIT
trap 'interrupted=yes; kill "$server" 2> /dev/null || true' INT TERM
# Waits for the server's end, again after a signal that ends only the wait, and takes over its exit code.
follow() {
    local code
    until interrupted=; code=0; wait "$server" || code=$?; [ -z "$interrupted" ]; do :; done
    exit "$code"
}

until request GET /ping; do
    kill -0 "$server" 2> /dev/null || follow
    sleep 0.02
done

path=${model//\\/\\\\}
answer=$(request POST /models "{\"model_name\":\"langid\",\"url\":\"${path//\"/\\\"}\"}") || { echo "The sample was not loaded: $answer" >&2; exit 1; }
question='{"inputs":"Où est la bibliothèque ?"}'
answer=$(request POST /models/langid/invoke "$question") || { echo "The question was not answered: $answer" >&2; exit 1; }
cat << END

\$ curl localhost:$port/models/langid/invoke -H '$json' -d '$question'
$answer

Try that with texts of your own in another terminal, or load your own model:
\$ curl localhost:$port/models -H '$json' -d '{"model_name":"mine","url":"/path/to/your/model"}'

Serving on port $port; Ctrl+C stops it.
END
follow
