#!/usr/bin/env bash
# Tests the Python client in virtual environments of its own: format, lint and
# types, then everything with the newest websockets, and what meets the network
# with the oldest one that is supported. Without Python 3.10 or newer it says so
# and does nothing, except in CI, where that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../client/python"

python=${PYTHON:-python3}
if ! "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
	echo "test-python: SKIPPED: there is no $python of version 3.10 or newer that can make virtual environments" >&2
	[ "${CI:-}" = true ] && exit 1
	exit 0
fi

# environment NAME REQUIREMENTS… makes .venv/NAME anew when what goes into it
# has changed, and sets bin.
environment() {
	local name=$1 stamp
	shift
	bin=.venv/$name/bin
	stamp=$("$python" -VV; echo "$*"; cat pyproject.toml)
	if [ "$(cat ".venv/$name/stamp" 2>/dev/null)" != "$stamp" ]; then
		rm -rf ".venv/$name"
		"$python" -m venv ".venv/$name"
		"$bin/python" -m pip install --quiet --disable-pip-version-check "$@"
		printf '%s\n' "$stamp" >".venv/$name/stamp"
	fi
}

environment current -e '.[dev]'
"$bin/ruff" format --check --quiet
"$bin/ruff" check --quiet
"$bin/mypy" --no-error-summary
"$bin/python" -m pytest --quiet -p no:cacheprovider

pins=$(grep -Eo '"(cryptography|pytest)==[^"]+"' pyproject.toml | tr -d '"')
# shellcheck disable=SC2086
environment oldest websockets==10.4 $pins
PYTHONPATH=src "$bin/python" -m pytest --quiet -p no:cacheprovider tests/test_gateway.py tests/test_client.py tests/test_events.py
