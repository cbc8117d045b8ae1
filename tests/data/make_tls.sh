#!/bin/sh
# Makes tests/data/tls: an authority of no worth and certificates of a broker that are good, expired, not valid yet and made out
# to somebody else. They are for tests on loopback alone; the keys are no secret.
set -eu
cd "$(dirname "$0")"
rm -rf tls; mkdir tls
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/index"; echo 01 > "$work/serial"
cat > "$work/ca.conf" <<CONF
[ca]
default_ca = here
[here]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
CONF
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out tls/ca.pem -days 36500 \
    -subj "/CN=acumat test authority" -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
one() { # name, alternative names, from, to
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$1" \
        -addext "subjectAltName=$2"
    openssl ca -batch -config "$work/ca.conf" -cert tls/ca.pem -keyfile "$work/ca.key" -in "$work/$1.csr" -out "$work/$1.crt" \
        -startdate "$3" -enddate "$4" -notext
    cat "$work/$1.crt" "$work/$1.key" > "tls/$1.pem"
}
one good "DNS:localhost,IP:127.0.0.1" 20200101000000Z 21200101000000Z
one expired "DNS:localhost,IP:127.0.0.1" 20200101000000Z 20210101000000Z
one early "DNS:localhost,IP:127.0.0.1" 21190101000000Z 21200101000000Z
one stranger "DNS:broker.example" 20200101000000Z 21200101000000Z
