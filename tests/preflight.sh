#!/bin/sh
# Says what this machine lacks before anything is built, and what to do about it.
missing=0
lack() {
    printf 'missing: %s\n   what to do: %s\n' "$1" "$2" >&2
    missing=1
}
# at_least HAVE WANT: HAVE is WANT or newer.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

if rust=$(rustc --version 2>/dev/null | cut -d ' ' -f 2) && [ -n "$rust" ]; then
    at_least "$rust" 1.94.1 || lack "Rust 1.94.1 or newer (found $rust)" "rustup update stable"
else
    lack "Rust 1.94.1 or newer" "install it with rustup: https://rustup.rs"
fi

# An envtest-style folder of control-plane binaries makes Go unnecessary.
if [ -z "${KUBEBUILDER_ASSETS:-}" ]; then
    if go=$(go env GOVERSION 2>/dev/null) && [ -n "$go" ]; then
        case "${go#go}" in
        1.26 | 1.26.*) ;;
        *) lack "Go 1.26 (found ${go#go})" "install Go 1.26: newer ones build an API server with broken OpenAPI, older ones do not build Kubernetes 1.36; or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kube-scheduler" ;;
        esac
    else
        lack "Go 1.26" "install it (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kube-scheduler"
    fi
fi

command -v cc >/dev/null 2>&1 || lack "a C compiler (for aws-lc)" "install gcc (Debian: apt-get install build-essential)"
if command -v python3 >/dev/null 2>&1; then
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || lack "Python 3.10 or newer" "install a newer python3"
else
    lack "Python 3.10 or newer (for boto3, the simulator's outside reader)" "install python3 (Debian: apt-get install python3 python3-venv)"
fi

cache=${GATEWAYED_CACHE:-$HOME/.cache/gatewayed}
mkdir -p "$cache" 2>/dev/null || lack "write access to $cache" "set GATEWAYED_CACHE to a folder that can be written"
# 12 GiB: the Rust target folder takes 4, Go's caches 4, the binaries and tools 1, and some to spare.
if [ ! -d "$cache/target" ] && free=$(df -Pk "$cache" 2>/dev/null | awk 'NR == 2 {print $4}') && [ -n "$free" ] && [ "$free" -lt 12582912 ]; then
    lack "12 GiB of free disk below $cache (found $((free / 1048576)) GiB)" "free some space, or set GATEWAYED_CACHE to a folder on a larger disk"
fi
exit $missing
