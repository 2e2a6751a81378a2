#!/usr/bin/env bash
# The engine on other processors: compiled for aarch64 (NEON) and armhf, run under qemu-user, compared bit by bit with this
# machine; every vector path of every machine must give what plain C gives. Debian: gcc-aarch64-linux-gnu,
# gcc-arm-linux-gnueabihf, qemu-user-static.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=build/cross
mkdir -p "$out"
flags=$(sed -n 's/^CFLAGS +\{0,1\}= \[\(.*\)\]$/\1/p' cext/build_dsp.py | tr -d '",' | tr '\n' ' ')

build() { # compiler, program, source
    # the flags must fall apart into words:
    # shellcheck disable=SC2086
    "$1" $flags -Wno-psabi -static -Icext/include -Icext/src cext/src/*.c "tests/cext/$3" ${4:-} -o "$out/$2" -lm
}

# What a dump says of its paths: all the same but for the name; prints it once, and the names aside.
paths_of() { # dump, result
    awk -v result="$2" '
        /^# path/ { name = $3; n++; next }
        /^#/ { name = ""; next }
        name != "" { text[n] = text[n] $0 "\n"; next }
        { rest = rest $0 "\n" }
        END { for (i = 2; i <= n; i++) if (text[i] != text[1]) exit 1; printf "%s%s", text[1], rest > result }
    ' "$1" || { echo "cross: $1: vector paths differ" >&2; exit 1; }
}

build gcc here dump.c
"$out/here" >"$out/here.dump"
paths_of "$out/here.dump" "$out/here.text"
for machine in aarch64-linux-gnu:aarch64 arm-linux-gnueabihf:arm; do
    triplet=${machine%:*} qemu=qemu-${machine#*:}-static
    build "$triplet-gcc" "$triplet" dump.c
    build "$triplet-gcc" "$triplet-harness" harness.c -Wl,--wrap=open,--wrap=ioctl
    "$qemu" "$out/$triplet" >"$out/$triplet.dump"
    paths_of "$out/$triplet.dump" "$out/$triplet.text"
    cmp "$out/here.text" "$out/$triplet.text" || { diff "$out/here.text" "$out/$triplet.text" | head >&2; exit 1; }
    "$qemu" "$out/$triplet-harness" random 1 200 >/dev/null
    echo "$triplet: paths $(sed -n 's/^# path //p' "$out/$triplet.dump" | tr '\n' ' '): same bits as here ($(wc -l <"$out/here.text") lines)"
done
echo "here: paths $(sed -n 's/^# path //p' "$out/here.dump" | tr '\n' ' ')"
echo "cross: same results everywhere"
