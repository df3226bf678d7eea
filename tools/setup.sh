#!/usr/bin/env bash
# Installs what this machine lacks to build and run Cordboard (`run`), or to
# test it as well (`test`), and says so. Debian and Ubuntu; elsewhere it names
# what to install.
set -euo pipefail

stage=${1:?usage: setup.sh run|test}

# "command package": the package that has the command.
wanted_run=("curl curl" "cc gcc" "g++ g++" "make make" "cmake cmake" "git git" "node nodejs" "npm npm")
wanted_test=("sipp sip-tester" "baresip baresip" "sox sox" "ffmpeg ffmpeg" "chromium chromium" "espeak-ng espeak-ng" "aiosmtpd python3-aiosmtpd" "python3 python3")

missing=()
need() {
  local entry
  for entry in "$@"; do
    command -v "${entry%% *}" >/dev/null 2>&1 || missing+=("${entry##* }")
  done
}
need "${wanted_run[@]}"
if [ "$stage" = test ]; then
  need "${wanted_test[@]}"
  # Debian keeps the server's programs out of PATH.
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || need "initdb postgresql"
  python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
fi

if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install: ${missing[*]}" >&2
    exit 1
  fi
  root=()
  if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi
  echo "Installing with apt-get: ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Where there is no Rust, its own installer puts it into the home folder, where
# `make` finds it also before the next login.
cargo=$(command -v cargo || echo "$HOME/.cargo/bin/cargo")
if [ ! -x "$cargo" ]; then
  echo "Installing Rust with rustup (https://rustup.rs) in $HOME/.cargo and $HOME/.rustup"
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
    sh -s -- -y --quiet --profile minimal --component clippy --component rustfmt || {
    echo "Rust could not be installed. Install it by hand (https://rustup.rs), then try again." >&2
    exit 1
  }
fi
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml")
version=$("$cargo" --version | cut -d' ' -f2)
if [ "$(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1)" != "$oldest" ]; then
  echo "Rust $oldest or newer is needed; $cargo is $version: run \`rustup update\`, or remove it and try again." >&2
  exit 1
fi

# The page's build tool needs a Node.js of these years.
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 18 || (a === 18 && b >= 19) ? 0 : 1)' || {
  echo "Node.js 18.19 or newer is needed; this is $(node --version)." >&2
  exit 1
}

# The cloud's own clients of the management API, which a test runs.
if [ "$stage" = test ]; then
  clients="$(dirname "$0")/../tests/clients"
  if [ ! -d "$clients/node/node_modules" ]; then
    echo "Installing the Node.js client that a test runs"
    (cd "$clients/node" && npm ci --silent --no-audit --no-fund)
  fi
  if [ ! -x "$clients/python/venv/bin/python" ]; then
    echo "Installing the Python client that a test runs"
    python3 -m venv "$clients/python/venv"
    "$clients/python/venv/bin/pip" install --quiet --disable-pip-version-check -r "$clients/python/requirements.txt"
  fi
fi
