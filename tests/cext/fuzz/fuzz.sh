#!/usr/bin/env bash
# Fuzz the caller ID receiver with libFuzzer under ASan and UBSan (Debian: clang).
#   tests/cext/fuzz/fuzz.sh [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
out=build/fuzz
mkdir -p "$out/corpus"
clang -std=c11 -O1 -g -DCALLBOX_LIBFUZZER -fsanitize=fuzzer,address,undefined,float-cast-overflow -fno-sanitize-recover=all \
    -Icext/include -Icext/src -pthread cext/src/*.c tests/cext/fuzz/fsk_fuzz.c -o "$out/fsk" -lm
"$out/fsk" -max_total_time="${1:-60}" -max_len=4096 -artifact_prefix="$out/" "$out/corpus"
