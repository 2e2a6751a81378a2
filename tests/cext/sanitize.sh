#!/usr/bin/env bash
# The engine under the sanitizers, without Python: memory and undefined behaviour, then the rings and the thread.
#   tests/cext/sanitize.sh [SEEDS [TICKS]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seeds=${1:-3} ticks=${2:-3000}
out=build/sanitize
mkdir -p "$out"

build() { # name, sanitizers
    gcc -std=c11 -O1 -g -fno-math-errno -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow -fsanitize="$2" -fno-sanitize-recover=all \
        -Icext/include -Icext/src -pthread -Wl,--wrap=open,--wrap=ioctl cext/src/*.c tests/cext/harness.c \
        -o "$out/$1" -lm
}

build memory address,undefined,float-cast-overflow
build threads thread
for seed in $(seq "$seeds"); do
    "$out/memory" random "$seed" "$ticks"
    "$out/threads" socket "$seed" "$ticks"
done
"$out/memory" socket 1 500
"$out/memory" spidev 1 150
"$out/threads" spidev 1 150
echo "sanitizers: clean"
