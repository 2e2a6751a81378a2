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

# What comes from the network: inputs of the target's own, and libFuzzer for a minute where there is clang.
flags=(-std=c11 -O1 -g -fno-math-errno -Icext/include -Icext/src)
mapfile -t blocks < <(ls cext/src/*.c | grep -v engine_thread)
gcc "${flags[@]}" -DALONE -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
    "${blocks[@]}" tests/cext/fuzz/rtp.c -o "$out/fuzz_alone" -lm
"$out/fuzz_alone" 1 3000
# What comes from a span's D-channel.
gcc "${flags[@]}" -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
    "${blocks[@]}" tests/cext/fuzz/hdlc_fuzz.c -o "$out/hdlc_alone" -lm
"$out/hdlc_alone" 1 20000
if command -v clang >/dev/null; then
    clang "${flags[@]}" -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        "${blocks[@]}" tests/cext/fuzz/rtp.c -o "$out/fuzz" -lm
    "$out/fuzz" -seed=1 -max_len=8192 -max_total_time="${FUZZ_S:-60}" -print_final_stats=1 -verbosity=0 2>&1 | grep stat::
fi
echo "sanitizers: clean"
