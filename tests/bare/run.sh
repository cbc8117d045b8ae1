#!/usr/bin/env bash
# What a fresh Debian says: run.sh SUITE [COMMAND...] clones this checkout's HEAD into a bare system with nothing but the packages
# that README asks for (python3, its venv module, make, git) and runs the command there, `make test` if none is given.
#
# SUITE is bookworm, trixie, forky ... In a container where docker or podman runs; else, as root, in a folder that debootstrap
# fills once per suite under $BARE_ROOTS and that is copied for each run. Exit code 77: neither is possible here.
set -euo pipefail

suite=${1:?usage: run.sh SUITE [COMMAND...]}
shift
[ $# -gt 0 ] || set -- make test
printf -v command '%q ' "$@"
source=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
packages=ca-certificates,python3,python3-venv,make,git
certificates=/etc/ssl/certs/ca-certificates.crt # the host's, which knows a proxy that the fresh system does not

in_container() {
    local trust=()
    [ ! -e $certificates ] || trust=(--volume "$certificates:/tmp/host.crt:ro" --env PIP_CERT=/tmp/host.crt)
    git clone --quiet "$source" "$work/project"
    exec_in="apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages//,/ } >/dev/null
        git config --global --add safe.directory /project && cd /project && $command"
    "$1" run --rm --volume "$work/project:/project" "${trust[@]}" --env LANG=C.UTF-8 "docker.io/library/debian:$suite" \
        bash -c "$exec_in"
}

make_root() {
    local mirror script=/usr/share/debootstrap/scripts/$suite
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid # a suite newer than this debootstrap
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]*/debian/?( |$)' | head -1) || true
    mkdir -p "$roots"
    rm -rf "${roots:?}/$suite"
    echo "bare: making a root of Debian $suite under $roots, some minutes"
    debootstrap --variant=minbase --include=$packages "$suite" "$roots/$suite" "${mirror:-http://deb.debian.org/debian}" "$script" \
        >"$roots/$suite.log" 2>&1 || { tail -5 "$roots/$suite.log" && return 1; }
    touch "$roots/$suite.ready"
}

in_chroot() {
    [ -e "$roots/$suite.ready" ] || make_root
    local root=$work/root
    cp -a "$roots/$suite" "$root"
    cp /etc/resolv.conf "$root/etc/"
    [ ! -e $certificates ] || cp $certificates "$root$certificates"
    git clone --quiet "$source" "$root/root/project"
    # mounts and processes of its own, which end with it; a root that is a mount, as ip netns wants it
    unshare --mount --pid --fork --kill-child bash -euc '
        mount --bind "$1" "$1"
        cd "$1"
        mount --rbind /dev dev
        mount --rbind /sys sys
        mount -t proc proc proc
        mount -t tmpfs tmpfs dev/shm
        chroot . env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 PIP_CERT="$2" \
            bash -c "cd /root/project && $3" || exit' bash "$root" $certificates "$command"
}

roots=${BARE_ROOTS:-/var/tmp/bare-roots}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-run.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
for engine in docker podman; do
    if "$engine" version >/dev/null 2>&1; then
        in_container "$engine"
        exit
    fi
done
if [ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then
    in_chroot
    exit
fi
echo "NOT TESTED on Debian $suite: needs docker or podman running, or root and debootstrap" >&2
exit 77
