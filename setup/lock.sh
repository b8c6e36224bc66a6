#!/bin/sh
# Writes the lock files from requirements/*.in and package.json. They name no registry.
set -eu
cd "$(dirname "$0")/.."
compile() {
    name=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header "$@" "requirements/$name.in" -o "requirements/$name.txt"
}
for name in bootstrap holidays node runtime; do
    compile "$name"
done
compile mcp -c requirements/runtime.txt
compile dev -c requirements/runtime.txt -c requirements/mcp.txt
npm install --package-lock-only --silent
(cd setup/lighthouse && npm install --package-lock-only --silent)
