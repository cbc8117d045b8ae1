#!/bin/sh
# Makes a release: release.sh ARCHIVE [PREFIX] writes acumat of this checkout with all that it needs as a .tar.gz for
# /usr/lib/acumat/switch. Needs python3 with its venv module, and PyPI or the folder of wheels that PIP_FIND_LINKS names.
# The same checkout gives the same bytes.
set -eu
cd "$(dirname "$0")/.."
archive=$1
prefix=${2:-/opt/acumat}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

"${PYTHON:-python3}" -m venv "$work/venv"
# --use-pep517: Debian 12's pip has no wheel package beside it, which the older way needs
"$work/venv/bin/python3" -m pip wheel --quiet --use-pep517 --no-deps --wheel-dir "$work/wheels" \
    --requirement packaging/requirements.txt .
"$work/venv/bin/python3" -m pip install --quiet --no-deps --no-compile --no-index --target "$work/release/lib" "$work"/wheels/*.whl
rm -rf "$work/release/lib/bin"
binaries=$(find "$work/release/lib" -name '*.so*')
[ -z "$binaries" ] || { echo "release.sh: not for every processor: $binaries" >&2; exit 1; }

install -D -m 755 packaging/acumat "$work/release/bin/acumat"
mkdir -p "$work/release/share"
# what can be read beside an installed daemon; every link in it leads to another one of these
for file in README.md CHANGELOG.md CONTRIBUTING.md LICENSE tests/data/README.md $(find docs -type f); do
    install -D -m 644 "$file" "$work/release/share/$file"
done
for unit in acumat.service acumat-web.service acumat-web.socket acumat-web-lan.socket; do
    sed "s|/opt/acumat|$prefix|g" "systemd/$unit" >"$work/release/share/$unit"
done
(cd "$work/release" && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum) >"$work/files.sha256"
mv "$work/files.sha256" "$work/release/"
mkdir -p "$(dirname "$archive")"
tar -C "$work/release" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf "$work/release.tar" .
gzip -9n <"$work/release.tar" >"$archive"
