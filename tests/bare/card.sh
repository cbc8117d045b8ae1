#!/bin/sh
# What cloud-init and netplan make of a new card's files, with NetworkManager as on Raspberry Pi OS: the schema of both files, and
# the connections that come of them. As root: tests/bare/run.sh trixie tests/bare/card.sh
set -eu
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
say() { echo "card: $*"; }
fails() { echo "card: $*" >&2; exit 1; }

apt-get update -qq
apt-get install -y -qq --no-install-recommends cloud-init netplan.io >/dev/null
printf '\231key' >"$work/acumat.gpg"
echo 'a "pass" word' >"$work/password"
chmod 600 "$work/password"

# card NAME OPTION...: the files of a card, and what netplan tells NetworkManager
card() {
    name=$1
    shift
    mkdir -p "$work/$name/etc/netplan"
    PYTHONPATH=daemon:hw:sim python3 -c 'import sys; from acumat.cli.main import main; sys.exit(main(sys.argv[1:]))' boot-file \
        --broker '[fd00::5]' --apt 'http://[fd00::6]/apt' --apt-key "$work/acumat.gpg" --out "$work/$name" "$@" >/dev/null
    cloud-init schema --config-file "$work/$name/user-data" || fails "$name: user-data has a fault"
    cloud-init schema --schema-type network-config --config-file "$work/$name/network-config" || fails "$name: network-config has a fault"
    sed 's/"version": 2,/"version": 2, "renderer": "NetworkManager",/' "$work/$name/network-config" >"$work/$name/etc/netplan/50-cloud-init.yaml"
    chmod 600 "$work/$name/etc/netplan/50-cloud-init.yaml"
    netplan generate --root-dir "$work/$name" >/dev/null 2>&1 || true # its last step asks systemd, which does not run
    cat "$work/$name"/run/NetworkManager/system-connections/*.nmconnection >"$work/$name/connections"
    # the cable's and the Wi-Fi's
    test "$(grep -A 1 '^\[ipv6\]' "$work/$name/connections" | grep -c method=auto)" = "$(grep -c '^\[ipv6\]' "$work/$name/connections")" ||
        fails "$name: IPv6 is left out"
}
has() { grep -qxF "$2" "$work/$1/connections" || fails "$1: no $2 in $(cat "$work/$1/connections")"; }

card cable
! grep -q wifi "$work/cable/connections" || fails "a cable brings a Wi-Fi"
card closed --wifi 'Home 1' --country DE --wifi-password "$work/password"
has closed 'ssid=Home 1'
has closed key-mgmt=wpa-psk # in NetworkManager: WPA2 and WPA3
has closed pmf=2
has closed 'psk=a "pass" word'
card open --wifi 'Guests' --country DE --wifi-open
has open ssid=Guests
! grep -q wifi-security "$work/open/connections" || fails "an open network asks for a password"
# a password is any text: as cloud-init writes it for the daemon, and as netplan gives it to NetworkManager, which reads \s and \\ as GLib does
printf '  a\\b"c'"'"'d #e: {f} %%g $h `i` \303\274, ~' >"$work/odd-password"
chmod 600 "$work/odd-password"
card odd --wifi "it's: #1" --country DE --wifi-password "$work/odd-password" --broker-user mat --broker-password "$work/odd-password"
has odd "ssid=it's: #1"
has odd "psk=\\s\\s$(sed 's/^  //; s/\\/&&/g' "$work/odd-password")"
python3 - "$work/odd-password" <<'END' || fails "odd: the broker's password is another one"
import sys
from pathlib import Path

from cloudinit import util
from cloudinit.config.cc_write_files import write_files

password, folder = Path(sys.argv[1]), Path(sys.argv[1]).parent
entries = util.load_yaml((folder / "odd" / "user-data").read_text())["write_files"]
(entry,) = [each for each in entries if each["path"] == "/etc/acumat/mqtt_password"]
write_files("card", [{**entry, "path": str(folder / "written"), "owner": "root:root"}], "root:root")
sys.exit((folder / "written").read_bytes() != password.read_bytes() + b"\n")
END
say "all is well with cloud-init $(dpkg-query -Wf '${Version}' cloud-init) and netplan $(dpkg-query -Wf '${Version}' netplan.io)"
