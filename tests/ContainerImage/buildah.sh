#!/usr/bin/env bash
# Builds a Dockerfile if buildah is installed and has the base images that the Dockerfile names; otherwise says what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
dockerfile=$1
if ! command -v buildah > /dev/null; then
    echo "$dockerfile not built: there is no buildah here."
    exit
fi
mapfile -t images < <(sed -n -E 's/^ARG [A-Z]+_IMAGE=(.+)$/\1/p' "$dockerfile")
for image in "${images[@]}"; do
    if ! buildah --storage-driver vfs inspect --type image "$image" > /dev/null 2>&1; then
        echo "$dockerfile not built: buildah does not have $image."
        exit
    fi
done
buildah --storage-driver vfs build --isolation chroot --pull=never --format docker --file "$dockerfile" --tag thaw .
