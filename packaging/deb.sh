#!/bin/sh
# Makes the Debian package: deb.sh FOLDER [VERSION] writes FOLDER/acumat_VERSION_all.deb of this checkout. RELEASE names the
# archive of release.sh; without it one is made. DEBFULLNAME and DEBEMAIL say who makes the package. Needs dpkg-deb, and what
# release.sh needs.
set -eu
cd "$(dirname "$0")/.."
to=$1
version=${2:-$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)}
# a name may have what sed takes for its own
maintainer=$(printf '%s <%s>' "${DEBFULLNAME:-acumat}" "${DEBEMAIL:-acumat@example.org}" | sed 's/[&\\/]/\\&/g')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
date=$(date -uRd "@$SOURCE_DATE_EPOCH")
root=$work/root
fill() { sed "s/@VERSION@/$version/; s/@SIZE@/${size:-}/; s/@MAINTAINER@/$maintainer/; s/@DATE@/$date/" "packaging/debian/$1"; }
put() { install -D -m 644 "$1" "$root/$2"; }

if [ -z "${RELEASE:-}" ]; then
    RELEASE=$work/release.tar.gz
    packaging/release.sh "$RELEASE"
fi
put "$RELEASE" usr/lib/acumat/release.tar.gz
install -D -m 755 packaging/switch "$root/usr/lib/acumat/switch"
for file in update/acumat_update/*.py; do put "$file" "usr/lib/acumat/acumat_update/${file##*/}"; done
put docs/acumat.example.toml usr/share/acumat/acumat.example.toml
put systemd/acumat.sysusers usr/lib/sysusers.d/acumat.conf
put systemd/acumat.tmpfiles usr/lib/tmpfiles.d/acumat.conf
put systemd/60-acumat.rules usr/lib/udev/rules.d/60-acumat.rules
for unit in acumat-switch.service acumat-newest.service acumat-newest.path; do
    put "systemd/$unit" "usr/lib/systemd/system/$unit"
done
mkdir -p "$root/usr/lib/systemd/system/multi-user.target.wants" "$root/usr/bin"
for unit in acumat-switch.service acumat-newest.path; do
    ln -s "../$unit" "$root/usr/lib/systemd/system/multi-user.target.wants/$unit"
done
# that of the release in use, as its units are, which the switch copies from it
ln -s /opt/acumat/current/bin/acumat "$root/usr/bin/acumat"
mkdir -p "$root/usr/share/doc/acumat"
fill changelog | gzip -9n >"$root/usr/share/doc/acumat/changelog.gz"
{
    cat packaging/debian/copyright
    sed -n '/^Permission/,$s/^\(.\)/ \1/p; /^Permission/,$s/^$/ ./p' LICENSE
} >"$root/usr/share/doc/acumat/copyright"
chmod 644 "$root"/usr/share/doc/acumat/*

mkdir -p "$root/DEBIAN"
for script in preinst postinst prerm postrm; do
    fill "$script" >"$root/DEBIAN/$script"
    chmod 755 "$root/DEBIAN/$script"
done
size=$(du -sk --apparent-size "$root/usr" | cut -f1)
fill control >"$root/DEBIAN/control"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs -d '\n' md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/control" "$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$to"
dpkg-deb --root-owner-group -Zxz --build "$root" "$to/acumat_${version}_all.deb"
