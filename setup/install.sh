#!/bin/sh
# Sets this checkout up: "install.sh runtime" to run the product, "install.sh dev" to test it;
# "install.sh mcp" after the first adds what the process for other people's agents needs.
#
# Needs Python 3.11 or later and nothing else; brings its own Node where there is none. Each step
# leaves a stamp, so that the next time takes no time; a lock makes two of us take turns.
set -eu
cd "$(dirname "$0")/.."

kind=${1:?runtime, dev or mcp}
python=${PYTHON:-python3}
venv=.venv
export UV_LINK_MODE="${UV_LINK_MODE:-copy}" UV_NO_PROGRESS=1

fail() {
    echo "$1" >&2
    exit 1
}

if [ -z "${OMS_SETUP_LOCKED:-}" ] && command -v flock >/dev/null; then
    OMS_SETUP_LOCKED=1 exec flock .setup.lock setup/install.sh "$kind"
fi

# The stamp of a step holds the sum of the files that decide it.
sum() {
    cat "$@" | cksum
}
done_before() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

command -v "$python" >/dev/null || fail "Python is missing: install Python 3.11 or later, or name it with PYTHON=..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Python 3.11 or later is needed; name another with PYTHON=..."

# uv reads no pip configuration, so it is told which index and certificates this machine uses.
index=$("$python" setup/get_uv.py --index)
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"

make_venv() {
    # A virtual environment that was moved or made by another Python starts no more.
    "$venv/bin/python" -c 1 2>/dev/null || rm -rf "$venv"
    [ -x "$venv/bin/python" ] || "$python" -m venv --without-pip "$venv"
    if "$python" -m pip --version >/dev/null 2>&1; then
        bootstrap -m pip
    elif [ -z "$index" ] && debians_pip; then
        bootstrap "$(echo "$venv"/debian/usr/share/python-wheels/pip-*.whl)/pip"
    else
        "$python" setup/get_uv.py "$venv/bin/uv"
    fi
}

bootstrap() {
    "$python" "$@" --python "$venv/bin/python" install --quiet --disable-pip-version-check \
        --require-hashes -r requirements/bootstrap.txt
}

# Debian's python3 comes without pip, but anyone may fetch the package and look inside.
debians_pip() {
    mkdir -p "$venv/debian"
    (
        cd "$venv/debian"
        apt-get download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .
    ) >/dev/null 2>&1
}

# Compiled here once, else every process does it at its first start, or at each where Python may not
# write (PYTHONDONTWRITEBYTECODE).
install_locked() {
    "$venv/bin/uv" pip install --quiet --require-hashes --compile-bytecode \
        --python "$venv/bin/python" -r "$1"
}

boot=$(sum requirements/bootstrap.txt)
if ! done_before "$venv/.boot" "$boot" || ! [ -x "$venv/bin/uv" ]; then
    echo "Making a virtual environment ..."
    make_venv
    echo "$boot" >"$venv/.boot"
fi

locked=$(sum "requirements/$kind.txt")
if ! done_before "$venv/.$kind" "$locked"; then
    echo "Installing Python packages ($kind) ..."
    install_locked "requirements/$kind.txt"
    echo "$locked" >"$venv/.$kind"
    if [ "$kind" = dev ]; then
        sum requirements/runtime.txt >"$venv/.runtime" # dev holds all of runtime and of mcp
        sum requirements/mcp.txt >"$venv/.mcp"
    fi
fi

node_here() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)'
}
npm_files=$(sum package.json package-lock.json)
if ! done_before node_modules/.dev "$npm_files" &&
    { [ "$kind" = dev ] || ! done_before node_modules/.runtime "$npm_files"; }; then
    echo "Installing front-end files ..."
    if ! node_here; then
        install_locked requirements/node.txt
        PATH="$PWD/$venv/bin:$PATH"
        export PATH
    fi
    if [ "$kind" = dev ]; then
        npm ci --silent
        mkdir -p node_modules/.chromium
        AWS_LAMBDA_JS_RUNTIME=nodejs20.x TMPDIR="$PWD/node_modules/.chromium" node setup/unpack_chromium.mjs
    else
        npm ci --silent --omit=dev
    fi
    echo "$npm_files" >"node_modules/.$kind"
fi

product=$(sum pyproject.toml)
if ! done_before "$venv/.product" "$product"; then
    "$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation --python "$venv/bin/python" -e .
    echo "$product" >"$venv/.product"
fi

# Static files and translations: cheap enough to ask the files themselves.
sources=$(find oms_service cases bots notifications -type f \
    \( -path '*/assets/*' -o -name '*.po' \) -exec cksum {} + | sort | cksum)
if ! done_before "$venv/.static" "$sources $npm_files" || ! [ -d oms_service/web/static ]; then
    echo "Building static files and translations ..."
    "$venv/bin/python" -m oms_service.web.build >/dev/null
    echo "$sources $npm_files" >"$venv/.static"
fi

# Our own modules likewise.
modules=$(find oms_service cases bots notifications migrations -name '*.py' -exec cksum {} + | sort | cksum)
if ! done_before "$venv/.compiled" "$modules"; then
    "$venv/bin/python" -m compileall -q oms_service cases bots notifications migrations
    echo "$modules" >"$venv/.compiled"
fi
