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
say "all is well with cloud-init $(dpkg-query -Wf '${Version}' cloud-init) and netplan $(dpkg-query -Wf '${Version}' netplan.io)"
