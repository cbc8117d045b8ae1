#!/bin/sh
# The package's whole life on a fresh system, without systemd running: made, put into a signed repository, installed from there,
# updated, removed. As root: tests/bare/run.sh trixie tests/bare/package.sh
set -eu
export DEBIAN_FRONTEND=noninteractive
dist=$(mktemp -d)
chmod 755 "$dist"
say() { echo "package: $*"; }
fails() { echo "package: $*" >&2; exit 1; }

apt-get update -qq
apt-get install -y -qq --no-install-recommends apt-utils gnupg systemd udev lintian >/dev/null
find / -xdev -path /root -prune -o -path /tmp -prune -o -type f -print | LC_ALL=C sort >"$dist/before"
for version in 0.2.0 0.2.1; do
    make apt VERSION=$version DIST="$dist" APT_KEY="$dist/key.asc"
done
lintian --fail-on error "$dist"/acumat_*.deb
say "lintian has no errors"

cp "$dist/apt/acumat.gpg" /usr/share/keyrings/acumat.gpg
echo "deb [signed-by=/usr/share/keyrings/acumat.gpg] file:$dist/apt ./" >/etc/apt/sources.list.d/acumat.list
apt-get update -qq
apt-get install -y -qq --no-install-recommends acumat=0.2.0 </dev/null | tee "$dist/installed"
test "$(acumat --version)" = "acumat $(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)" || fails "the command does not run"
acumat simulate one-session | tail -1
acumat check-config
systemctl is-enabled acumat | grep -q enabled || fails "the service is not enabled"
test "$(readlink /opt/acumat/current)" = 0.2.0 || fails "not in use"
systemctl is-enabled acumat-web.socket | grep -q enabled && fails "the page is open though nobody asked for it"
systemctl disable --quiet acumat-web.socket
systemctl enable --quiet acumat-web.socket && systemctl disable --quiet acumat-web.socket
systemctl enable --quiet acumat-web-lan.socket
code=$(sed -n 's/^The code for the page: //p' "$dist/installed")
test -n "$code" || fails "no code for the page is printed"
acumat update --check | grep -q '0.2.1: sudo acumat update' || fails "the newer version is not named"
runuser -u acumat -- sh -c 'mkdir -p /var/lib/acumat' 2>/dev/null || install -d -o acumat -g acumat -m 700 /var/lib/acumat
echo "kept" >/var/lib/acumat/acumat.db
echo "# mine" >>/etc/acumat/acumat.toml

acumat update | tee "$dist/updated"
! grep -q "The code for the page" "$dist/updated" || fails "a new code is made"
systemctl is-enabled acumat-web-lan.socket | grep -q enabled || fails "the page is no longer enabled"
test "$(readlink /opt/acumat/current)" = 0.2.1 || fails "not updated"
test -z "$(find /etc/systemd -lname '/opt/*' -o -xtype l -name 'acumat*')" || fails "units are enabled by links to one release"
tail -1 /etc/acumat/acumat.toml | grep -q mine || fails "the configuration was touched"
say "updated from 0.2.0 to 0.2.1"

# as its socket unit starts it, and as a browser signs in
runuser -u acumat-web -g acumat -- systemd-socket-activate -l 127.0.0.1:8480 /opt/acumat/current/bin/acumat web 2>"$dist/page" &
page=$!
python3 - "$code" <<'END' || { cat "$dist/page"; fails "nobody can sign in to the page"; }
import json, sys, time, urllib.request
url = "http://127.0.0.1:8480"
headers = {"Origin": url, "Content-Type": "application/json"}
request = urllib.request.Request(f"{url}/login", json.dumps({"code": sys.argv[1]}).encode(), headers)
for wait in range(50):
    try:
        answer = urllib.request.urlopen(request)
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
sys.exit(json.load(answer) != {"ok": True})
END
kill $page
say "the page answers"

sed -i 's/^Codename.*//; s/^Date: .*/Date: Thu, 01 Jan 2026 00:00:00 UTC/' "$dist/apt/Release"
rm "$dist/apt/InRelease"
apt-get update 2>&1 | grep -qi "signature\|signed" || fails "a changed repository is taken"
say "a changed repository is refused"

apt-get remove -y -qq acumat
apt-get purge -y -qq acumat
find / -xdev -path /root -prune -o -path /tmp -prune -o -type f -print | LC_ALL=C sort >"$dist/after"
left=$(LC_ALL=C comm -13 "$dist/before" "$dist/after" | grep -v '^/var/lib/apt/\|^/var/cache/\|^/var/log/\|^/var/lib/dpkg/\|/acumat.list$\|/keyrings/acumat.gpg$\|^/proc\|^/sys\|^/dev\|^/run' || true)
say "left after purge: $(echo $left)"
left=$(echo "$left" | grep -v '^/etc/\(group\|gshadow\|passwd\|shadow\|subuid\|subgid\)-\?$' || true)
test "$(echo $left)" = "/etc/acumat/acumat.toml /etc/acumat/mqtt_key /etc/acumat/mqtt_password /var/lib/acumat/acumat.db" || fails "something else stays, or data went"
test ! -e /opt/acumat || fails "/opt/acumat stays"
links=$(find /etc/systemd /usr/bin /usr/lib/systemd -name '*acumat*')
test -z "$links" || fails "left after purge: $links"

apt-get install -y -qq --no-install-recommends "$dist/acumat_0.2.1_all.deb" </dev/null
ACUMAT_PURGE_DATA=yes apt-get purge -y -qq acumat
test ! -e /etc/acumat && test ! -e /var/lib/acumat || fails "data stays although it was to go"
say "all is well"
