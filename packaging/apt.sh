#!/bin/sh
# Makes a signed apt repository of all packages in a folder: apt.sh FOLDER KEY. KEY is the file of the secret key; if there is
# none it is made, for this purpose alone. Needs apt-ftparchive (package apt-utils) and gnupg.
set -eu
folder=$1
key=$2
export GNUPGHOME
GNUPGHOME=$(mktemp -d)
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
umask 077
if [ ! -e "$key" ]; then
    mkdir -p "$(dirname "$key")"
    gpg --batch --quiet --passphrase '' --quick-generate-key 'acumat packages' ed25519 sign never
    gpg --batch --quiet --armor --export-secret-keys >"$key.new"
    mv "$key.new" "$key"
    echo "A new key was made: $key. Keep it, and keep it secret: who has it can send updates to every mat."
else
    gpg --batch --quiet --import "$key"
fi
umask 022
cd "$folder"
# a client that comes meanwhile finds the list of before, or the new one with what belongs to it
apt-ftparchive packages . >Packages.new
gzip -9n <Packages.new >Packages.gz.new
mv Packages.new Packages
mv Packages.gz.new Packages.gz
apt-ftparchive -o APT::FTPArchive::Release::Origin=acumat -o APT::FTPArchive::Release::Label=acumat \
    -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Architectures="amd64 arm64 armhf all" \
    release . >"$GNUPGHOME/Release"
mv "$GNUPGHOME/Release" Release
gpg --batch --quiet --yes --armor --detach-sign --output Release.gpg Release
gpg --batch --quiet --yes --clearsign --output InRelease Release
gpg --batch --quiet --yes --export --output acumat.gpg
chmod 644 Packages Packages.gz Release Release.gpg InRelease acumat.gpg
