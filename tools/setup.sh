#!/usr/bin/env bash
# Install what is missing, and only that: Debian packages, .venv, C extension, prompts, web assets.
# Every step looks first, so a second run costs a fraction of a second. Nothing is installed outside apt and .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PACKAGES=(
    gcc libc6-dev python3-dev python3-venv libffi-dev   # the C extension, and wheels that a machine must build
    libsndfile1                                         # reading sound files
    espeak-ng flite                                     # draft voices of the prompts
    libpri-dev                                          # ISDN signalling, linked into an extension of its own
    libopenr2-dev tshark                                # tests: an R2 peer; reads our D-channel traces
    libspandsp-dev                                      # tests, demo and bench compare with it; the product never loads it
    libspeexdsp-dev dahdi-source                        # tests and bench compare with them, never loaded by the product
    gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf       # tests: the engine's vectors on other machines
    libc6-dev-arm64-cross libc6-dev-armhf-cross qemu-user-static
    pocketsphinx-testdata codec2-examples sox           # recorded human speech for demo and tests
    chromium fonts-noto-cjk                             # tests of the web pages
    clang-format                                        # style check of the C sources
)
PY=.venv/bin/python

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else die "needs root for: $*  (run it yourself as root, then start again)"; fi
}

apt_install() {
    command -v apt-get >/dev/null || die "no apt-get here; install what Debian calls: $*"
    say "Debian packages: $*"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 && return
    as_root "${apt[@]}" update || die "apt-get update failed: is the machine on the network?"
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null || die "apt-get could not install: $*"
}

debian_packages() {
    local missing
    missing=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null |
        awk -v want="${PACKAGES[*]}" '$1 == "installed" { have[$2] = 1 }
            END { n = split(want, name, " "); for (i = 1; i <= n; i++) if (!(name[i] in have)) print name[i] }') || true
    # the list must fall apart into words:
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing
}

# A Python that can make the venv and compile the extension: the one named python3, or Debian's if that one cannot.
find_python() {
    local python
    for python in "${PYTHON:-python3}" /usr/bin/python3; do
        "$python" - 2>/dev/null <<'PYTHON' && { printf '%s\n' "$python"; return; }
import ensurepip, os, sys, sysconfig, venv
sys.exit(sys.version_info < (3, 11) or not os.path.exists(sysconfig.get_path("include") + "/Python.h"))
PYTHON
    done
    die "no Python 3.11 or newer with venv and Python.h"
}

python_packages() {
    local key stamp=.venv/setup.stamp
    key=$(cat setup.cfg pyproject.toml | sha256sum)
    [ -x "$PY" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ] && return
    if ! [ -x "$PY" ]; then
        local python; python=$(find_python)
        say "virtual environment .venv ($("$python" --version))"
        "$python" -m venv --clear .venv
    fi
    say "Python packages of setup.cfg into .venv (a minute the first time)"
    "$PY" -m pip --disable-pip-version-check install 'setuptools>=68' 'cffi>=1.17' -e '.[dev]' >build/pip.log 2>&1 ||
        { tail -n 30 build/pip.log >&2; die "pip failed (all of it in build/pip.log); is the machine on the network?"; }
    printf '%s\n' "$key" >"$stamp"
}

c_extension() {
    built _dsp cext cext/build_dsp.py cext/include cext/src
    built _isdn cext/isdn cext/isdn/build_isdn.py cext/isdn/libpri_cdef.h
}

# built NAME FOLDER BUILDER SOURCE...: compile an extension that is older than what it is made from
built() {
    local name=$1 folder=$2 builder=$3; shift 2
    local library=("$folder/$name".*.so)
    [ -f "$builder" ] || return 0
    if [ -f "${library[0]}" ]; then
        [ -n "$(find "$@" -newer "${library[0]}" -type f -print -quit)" ] || return 0
    fi
    say "C extension $name"
    "$PY" -P "$builder" >"build/$name.log" 2>&1 || { cat "build/$name.log" >&2; die "the C extension $name did not build"; }
    # a build that finds the result unchanged keeps the old file: its time must still move
    touch "$folder/$name".*.so
}

prompts() {
    local manifest=firmware/prompts/audio/manifest.json
    [ -f firmware/prompts/catalogue.toml ] || return 0
    [ -f "$manifest" ] && [ -z "$(find firmware/prompts/catalogue.toml tools/prompts.py tools/folk_tune.py tools/sound.py \
        -newer "$manifest" -print -quit)" ] && return
    say "prompts and music (draft voices)"
    "$PY" -m tools.prompts
}

web_assets() {
    local stamp=build/web_assets.stamp
    [ -f tools/web_assets.py ] || return 0
    [ -f "$stamp" ] && [ -d firmware/web/static ] && [ -z "$(find tools/web_assets.py firmware/web tools -maxdepth 1 \
        \( -name 'web_assets.py' -o -name 'package*.json' \) -newer "$stamp" -print -quit)" ] && return
    command -v npm >/dev/null || apt_install npm
    say "web assets"
    "$PY" -m tools.web_assets
    touch "$stamp"
}

mkdir -p build
exec 9>build/setup.lock
flock 9   # two makes at once: the second waits, then finds everything done
debian_packages
python_packages
c_extension
prompts
web_assets
