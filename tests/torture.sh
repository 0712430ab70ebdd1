#!/bin/sh
# Runs the long tests of the sections named, one test at a time, and prints what they measured in one
# table. Usage: torture.sh SECTION..., a section being crashes, storms, leader, drift, deleting or soak.
# Fails if a test fails, after all have run. CARGO_TARGET_DIR must be set; the logs lie in torture/ there.
set -eu

logs="$CARGO_TARGET_DIR/torture"
mkdir -p "$logs"

# The test modules of a section.
modules() {
    case "$1" in
        crashes) echo "crashes:: hard_aws:: hard_kubernetes::" ;;
        storms) echo "storms::" ;;
        leader) echo "leadership:: sharded::" ;;
        drift) echo "drift:: strangers:: paused::" ;;
        deleting) echo "deleting:: gone_early::" ;;
        soak) echo "random_objects:: secrets:: soak::" ;;
        *) echo "torture.sh: there is no section $1" >&2; return 1 ;;
    esac
}

failed=""
for section in "$@"; do
    filters=$(modules "$section")
    log="$logs/$section.log"
    echo "$section: $filters (all of it in $log)"
    start=$(date +%s)
    # shellcheck disable=SC2086 # the filters are words
    if cargo test --workspace --locked --test it -- $filters --include-ignored --nocapture --test-threads 1 >"$log" 2>&1; then
        verdict=passed
    else
        verdict=FAILED
        failed="$failed $section"
        grep -E "^test .* FAILED|panicked at|^error" "$log" | head -20 || true
    fi
    tests=$(sed -n 's/^test result: [a-zA-Z]*\. \([0-9]*\) passed; \([0-9]*\) failed.*/\1 passed, \2 failed/p' "$log" | tail -1)
    echo "torture | $section | tests | ${tests:-none ran}: $verdict in $(( $(date +%s) - start )) s" >>"$log"
done

echo
for section in "$@"; do
    grep -h "torture | " "$logs/$section.log" | sed 's/^.*torture | //' | awk -F ' \\| ' '{printf "%-20s %-62s %s\n", $1, $2, $3}'
done
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
