#!/usr/bin/env bash
# Fuzz the caller ID receiver and HDLC with libFuzzer under ASan and UBSan (Debian: clang).
#   tests/cext/fuzz/fuzz.sh [SECONDS [fsk|hdlc]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
out=build/fuzz
for target in ${2:-fsk hdlc}; do
    mkdir -p "$out/$target.corpus"
    clang -std=c11 -O1 -g -DCALLBOX_LIBFUZZER -fsanitize=fuzzer,address,undefined,float-cast-overflow \
        -fno-sanitize-recover=all -Icext/include -Icext/src -pthread cext/src/*.c "tests/cext/fuzz/${target}_fuzz.c" \
        -o "$out/$target" -lm
    "$out/$target" -max_total_time="${1:-60}" -max_len=4096 -artifact_prefix="$out/" "$out/$target.corpus"
done
