#!/bin/bash
# The commands of docs/fleet.md for a studio, one by one, on a fresh system without systemd running; then a mat's event has to be in the
# record. As root: tests/bare/run.sh bookworm tests/bare/fleet.sh
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:$PATH # as a login has it
block() { awk -v tag="<!-- tested: $1 -->" '$0 == tag { inside = 1; next } inside && /^```/ { if (inside++ == 2) exit; next } inside' docs/fleet.md; }
step() {
    block "$1" >"/tmp/$1"
    test -s "/tmp/$1" || { echo "fleet: no commands for $1 in docs/fleet.md" >&2; exit 1; }
    echo "fleet: $1"
    bash -euxo pipefail "/tmp/$1"
}

# what a system that runs has, and this one has not
apt-get update -qq
apt-get install -y -qq --no-install-recommends sudo >/dev/null
cat >/usr/local/sbin/systemctl <<'END'
#!/bin/sh
set -e
case "$*" in
"restart mosquitto") install -d -o mosquitto /run/mosquitto; mosquitto -c /etc/mosquitto/mosquitto.conf </dev/null >/tmp/mosquitto.log 2>&1 &
    echo $! >/tmp/mosquitto.pid ;;
"reload mosquitto") kill -HUP "$(cat /tmp/mosquitto.pid)" ;;
"enable --now acumat-collect") systemd-analyze verify --man=no /etc/systemd/system/acumat-collect.service || true
    setsid sudo -u acumat-fleet /opt/acumat-fleet/bin/acumat collect >/tmp/collect.log 2>&1 & ;;
*) echo "systemctl $*" ;;
esac
END
chmod +x /usr/local/sbin/systemctl
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d

began=$(date +%s)
step install
/etc/init.d/postgresql start
step fleet
step broker
sleep 1
step record
say() { # of a mat, what
    mosquitto_pub -h localhost -p 8883 --cafile fleet/ca.crt --insecure -q 1 -u "$1" -P "$(cat "fleet/secrets/$1.token")" "${@:2}"
}
event='{"id":"0a0b0c0d-1","event_type":"contact_started","at":"2026-11-30T10:00:00.000Z","edge_at":null,"late":false,"reason":"load_above","text":"x"}'
say room1 -t acumat/room1/event -m "$event"
say room1 -t acumat/room2/event -m "$event" # forbidden: it vanishes
for _ in $(seq 60); do
    found=$(sudo -u acumat-fleet psql -Atc 'SELECT mat_id, id FROM acumat.event' fleet)
    [ -z "$found" ] || break
    sleep 1
done
test "$found" = "room1|0a0b0c0d-1" || { cat /tmp/collect.log; echo "fleet: the record has: $found" >&2; exit 1; }
step look
acumat fleet revoke room1 --yes
cp fleet/engines/mosquitto.* /etc/mosquitto/acumat/ && chown mosquitto: /etc/mosquitto/acumat/*
systemctl reload mosquitto
sleep 1
if say room1 -t acumat/room1/event -m "$event"; then echo "fleet: a revoked mat is let in" >&2; exit 1; fi
echo "fleet: from nothing to an event in the record in $(($(date +%s) - began)) s"
