#!/bin/sh
# What a card does that `acumat boot-file` prepared, as root, until all of it is done; each step may be done again. How far it has
# come is in acumat.txt on the boot partition, which every computer can read.
set -u
umask 022
folder=${FIRST_BOOT_FOLDER:-/var/lib/acumat-first-boot}
boot=${FIRST_BOOT_PARTITION:-/boot/firmware}
web=${FIRST_BOOT_WEB:-/var/lib/acumat-web}
patience=${FIRST_BOOT_PATIENCE:-45}
. "$folder/settings"
again='To change what the card says: acumat boot-file once more, and start the Pi with the new files.'

say() {
    [ "$(cat "$boot/acumat.txt" 2>/dev/null)" != "$1" ] || return 0
    echo "$1"
    printf '%s\n' "$1" >"$boot/acumat.new" && mv "$boot/acumat.new" "$boot/acumat.txt" && sync
}
not_yet() { say "$1"; exit 1; }

# cloud-init has read them. It wants a user-data of the same id at every start, or it begins anew
leave_no_secret() {
    [ -e "$folder/user-data" ] || return 0
    shred -n 1 "$boot/user-data" "$boot/network-config"
    cp "$folder/user-data" "$boot/user-data.new" && mv "$boot/user-data.new" "$boot/user-data" || return 0
    rm -f "$boot/network-config"
    sync
    rm "$folder/user-data"
}

switch_i2c_on() {
    [ -e "$boot/config.txt" ] && ! grep -q '^dtparam=i2c_arm_baudrate=400000' "$boot/config.txt" || return 0
    # whole or not at all: a Pi does not start with half of it
    {
        cat "$boot/config.txt" &&
            printf '\n[all]\n# acumat: the bus of the converters, at the speed that they are read with\n' &&
            printf 'dtparam=i2c_arm=on\ndtparam=i2c_arm_baudrate=400000\n'
    } >"$boot/config.new" && mv "$boot/config.new" "$boot/config.txt" && sync && touch "$folder/restart"
}

connected() { { ip -o route show default; ip -6 -o route show default; } | grep -q .; }

wait_for_network() {
    tries=$patience
    until connected || [ $tries = 0 ]; do
        sleep 2
        tries=$((tries - 1))
    done
    connected && return
    [ -n "$wifi" ] || not_yet "The Pi has no network: look at the cable, and whether the router is on. The Pi goes on trying."
    found=$(nmcli --terse --escape no --fields SSID device wifi list 2>/dev/null)
    if [ -z "$found" ]; then
        not_yet "The Pi has no connection to the Wi-Fi \"$wifi\". Its name or its password may be wrong, or it is too far away. The Pi goes on trying. $again"
    elif printf '%s\n' "$found" | grep -qxF -- "$wifi"; then
        not_yet "The Pi finds the Wi-Fi \"$wifi\" and is not let in: the password is probably wrong. $again"
    fi
    not_yet "The Pi does not find the Wi-Fi \"$wifi\". Is this its exact name, and is it in reach? The Pi goes on trying. $again"
}

installed() { dpkg-query --show --showformat='${Status}\n' acumat 2>/dev/null | grep -q ' ok installed$'; }

install_package() {
    export DEBIAN_FRONTEND=noninteractive
    dpkg --configure -a >/dev/null 2>&1
    installed && return
    if [ -n "$package" ]; then
        what="$boot/$package"
        [ -e "$what" ] || not_yet "$package is not on this partition. Copy it here, and start the Pi again."
    else
        what=acumat
    fi
    say "acumat is being installed. This takes some minutes."
    : >"$folder/log"
    [ -n "$package" ] || apt-get -qq update >"$folder/log" 2>&1
    apt-get -qq -y -o DPkg::Lock::Timeout=600 install "$what" >>"$folder/log" 2>&1
    installed || not_yet "acumat could not be installed from ${package:-$repository} ($(grep -m 1 '^[EW]:' "$folder/log")). The Pi goes on trying. $again"
}

open_page() {
    [ -z "$user" ] || usermod -aG acumat "$user"
    [ -e "$folder/code" ] || return 0
    install -o acumat-web -g acumat-web -m 600 "$folder/code" "$web/code" || return 0
    systemctl enable --quiet --now acumat-web-lan.socket
    rm "$folder/code"
}

# code and sentence of a part, as the daemon publishes them
health() {
    acumat status --json 2>/dev/null | python3 -c '
import json, sys
part = json.load(sys.stdin)["health"][sys.argv[1]]
print(part["code"], part["text"])' "$1" 2>/dev/null
}

wait_for_broker() {
    tries=$patience
    until found=$(health broker) && [ "${found%% *}" = ok ] || [ $tries = 0 ]; do
        sleep 2
        tries=$((tries - 1))
    done
    [ "${found%% *}" != ok ] || return 0
    [ -n "$found" ] || not_yet "acumat is installed and does not run. Log in to the Pi and look: systemctl status acumat"
    not_yet "acumat runs and has no connection to the broker $broker: ${found#* } The Pi goes on trying. $again"
}

leave_no_secret
switch_i2c_on
[ -z "$package" ] || install_package
wait_for_network
install_package
open_page
if [ -e "$folder/restart" ]; then
    rm "$folder/restart"
    say "acumat is installed. The Pi starts once more, with I2C switched on."
    exec systemctl reboot
fi
wait_for_broker
# the page lets in addresses of the home network alone, and a global one of IPv6 (RFC 4291, 2.4) says nothing of where it is
address=$(hostname -I | tr ' ' '\n' | grep -v '^[23][0-9a-f]*:' | head -n 1)
case $address in '') other= ;; *:*) other=" (or http://[$address]:8480)" ;; *) other=" (or http://$address:8480)" ;; esac
bus=$(health bus)
case $bus in ok* | starting*) sensors= ;; *) sensors=" Its sensors are not read yet: ${bus#* }" ;; esac
say "The mat is online at the broker $broker.$sensors Its page is http://$hostname.local:8480$other; acumat boot-file has shown the code for it."
touch "$folder/done"
systemctl disable --quiet acumat-first-boot.service
