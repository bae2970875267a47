#!/usr/bin/env bash
# Installs what tests need beside Go, where it is missing and Debian's packages
# can be had: a C compiler for the race detector, PostgreSQL, which the store's
# tests start themselves, for the TypeScript client Node and a browser, and for
# the Python client Python with virtual environments.
set -euo pipefail

missing=()
need() { # need PACKAGES… -- a test that they are there
	local packages=()
	while [ "$1" != -- ]; do packages+=("$1"); shift; done
	shift
	"$@" >/dev/null 2>&1 || missing+=("${packages[@]}")
}

have_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
have_postgres() { command -v postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres'; }

need gcc libc6-dev -- command -v cc
need postgresql -- have_postgres
need nodejs npm -- command -v npm
need chromium -- have_browser
need python3 python3-venv -- python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))'

[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
	echo "needs.sh: install these packages first: ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
