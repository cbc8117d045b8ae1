"""The actions on the mats of a fleet: each changes the folder, and the engines' files are made from it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from acumat.fleet.identity import mosquitto
from acumat.fleet.identity.certificates import Certified, certified, new_authority, number_and_end, revocations, signs
from acumat.fleet.identity.claims import scoped_user_token, user_token
from acumat.fleet.identity.folder import FleetFolder, write
from acumat.fleet.identity.inventory import BRIDGE, SERVICES, Mat, inventory_text, mat_faults, read_inventory, wanted
from acumat.fleet.identity.issued import Issued, issued_text, read_issued, seconds, stamp, without
from acumat.fleet.identity.nats_accounts import Keys, configuration, site_rights
from acumat.fleet.identity.nkeys import Key, Owner, key_of, new_key
from acumat_hw.errors import InputError
from acumat_hw.text_file import read_text, shown_path

ADMITTED = "mats-admitted"
"""A file of this name among the secrets: NATS lets mats in."""
MAX_PASSWORD_BYTES = 65_535
"""Most bytes of a login over MQTT (3.1.1, section 1.5.3)."""
PASSWORD_BYTES = 24
"""Of the random password of a user that mosquitto alone knows."""
KEYS: Mapping[str, Owner] = {
    "operator": "operator",
    "system": "account",
    "account": "account",
    "mats": "account",
    "collectors": "account",
}


@dataclass(frozen=True, slots=True)
class Fleet:
    """The fleet of a folder, at a moment."""

    folder: FleetFolder
    now: datetime

    def mats(self) -> list[Mat]:
        """The inventory; empty before the first mat. Raises InputError."""
        return read_inventory(self.folder.inventory) if self.folder.inventory.exists() else []

    def issued(self) -> list[Issued]:
        """What was issued so far. Raises InputError."""
        return read_issued(self.folder.issued)

    def add(self, new: Sequence[Mat]) -> None:
        """Add mats, each with its token. Raises InputError, with none added."""
        mats = self.mats()
        known = {mat.id: mat for mat in mats}
        faults = [fault for mat in new for fault in mat_faults(mat)]
        for mat in new:
            if mat.id in known:
                was = " and was revoked" if known[mat.id].revoked else ""
                faults.append(f"mat {mat.id!r} is in the inventory{was}; take another id")
            known[mat.id] = mat
        if faults:
            raise InputError("\n".join(faults))
        self._issue_tokens([*mats, *new], [mat.id for mat in new])

    def renew_tokens(self, names: Sequence[str]) -> None:
        """Issue new tokens for mats, services and bridges of sites; earlier ones are void from the engines' next reload on.

        Raises InputError for an unknown name, and for a bridge before NATS accepts anybody.
        """
        mats = self.mats()
        for name in names:
            _check_name(mats, name)
            if name.startswith(BRIDGE) and not self._admits:
                raise InputError(
                    f"{name}: what a bridge brings to NATS before a collector waits there is lost; first: acumat fleet admit"
                )
        self._issue_tokens(mats, names)

    def without_token(self) -> list[str]:
        """Mats that somebody has written into the inventory by hand, and that have none yet."""
        return [mat.id for mat in self.mats() if not mat.revoked and not self.folder.secret(f"{mat.id}.token").exists()]

    def certify(self, name: str, days: int) -> datetime:
        """A certificate for a mat or a service; an earlier one is revoked. When it expires."""
        _check_name(self.mats(), name)
        return self._certify(name, (), without(self.issued(), name, ["certificate"], self.now), days)

    def certify_broker(self, hosts: Sequence[str], days: int) -> datetime:
        """A certificate for a broker that has these names and addresses; an earlier one stays good until it expires."""
        return self._certify(hosts[0], hosts, self.issued(), days)

    def revoke(self, names: Sequence[str]) -> None:
        """Revoke the logins of these mats. Raises InputError for an unknown mat, with nothing done."""
        mats = self.mats()
        ids = {mat.id for mat in wanted(mats, names)}
        issued = self.issued()
        for name in ids:
            issued = without(issued, name, ["token", "certificate"], self.now)
        day = self.now.date().isoformat()
        self._keep([replace(mat, revoked=mat.revoked or day) if mat.id in ids else mat for mat in mats], issued, {})

    def admit(self) -> None:
        """Let mats in at NATS from the next reload on.

        The collector's consumer must exist before: earlier messages are lost.
        """
        self._keep(self.mats(), self.issued(), {ADMITTED: stamp(self.now)})

    @property
    def _admits(self) -> bool:
        return self.folder.secret(ADMITTED).exists()

    def _write_engines(self, mats: Sequence[Mat], issued: Sequence[Issued]) -> None:
        """The files that mosquitto and NATS read."""
        issued = _good(mats, issued, self.now)
        engines = self.folder.engines
        names = [*(mat.id for mat in mats if not mat.revoked), *SERVICES]
        tokens = {name: self.folder.read_secret(f"{name}.token") for name in names}
        lines = [
            mosquitto.password_line(name, token, os.urandom(mosquitto.SALT_BYTES)) for name, token in tokens.items() if token
        ]
        write(engines / "mosquitto.passwords", "".join(lines), 0o600)
        write(engines / "mosquitto.acl", mosquitto.rights([mat.id for mat in mats if mat.revoked]), 0o600)
        void = {each.number: seconds(each.revoked) for each in issued if each.kind == "token" and each.revoked}
        text = configuration(self._keys(), void, int(self.now.timestamp()), mats=self._admits)
        write(engines / "nats-accounts.conf", text)
        for site in {mat.site for mat in mats}:
            name = f"{BRIDGE}{site}"
            if token := self.folder.read_secret(f"{name}.token"):
                write(engines / f"{name}.conf", mosquitto.bridge(name, token, _at(mats, site)), 0o600)
        if self.folder.authority.exists():
            write(engines / "crl.pem", revocations(self._authority(), issued, self.now))

    def _issue_tokens(self, mats: Sequence[Mat], names: Sequence[str]) -> None:
        self.folder.make()
        keys, issued, made = self._keys(), self.issued(), {}
        for name in names:
            issued = without(issued, name, ["token"], self.now)
            user = new_key("user").public
            token = self._token(keys, user, name, mats)
            if len(token) > MAX_PASSWORD_BYTES:
                raise InputError(f"{name}: a login cannot name so many mats; divide the site")
            made[f"{name}.token"] = token
            issued.append(Issued("token", name, user, stamp(self.now)))
        self._keep(mats, issued, made)

    def _token(self, keys: Keys, user: str, name: str, mats: Sequence[Mat]) -> str:
        at_s = int(self.now.timestamp())
        if name.startswith(BRIDGE):
            return user_token(keys.account, user, name, *site_rights(_at(mats, name.removeprefix(BRIDGE))), at_s)
        if name in SERVICES and name != "collector":
            return secrets.token_urlsafe(PASSWORD_BYTES)  # one that a person can copy; NATS never sees it
        signer = keys.collectors if name == "collector" else keys.mats
        return scoped_user_token(signer, keys.account.public, user, name, at_s)

    def _certify(self, name: str, hosts: Sequence[str], issued: Sequence[Issued], days: int) -> datetime:
        self.folder.make()
        made = certified(self._authority(), name, hosts, self.now, days)
        number, end = number_and_end(made.certificate)
        stem = f"{name}.broker" if hosts else name
        line = Issued("broker" if hosts else "certificate", name, number, stamp(self.now), stamp(end))
        self._keep(self.mats(), [*issued, line], {f"{stem}.key": made.key, f"{stem}.crt": made.certificate})
        return end

    def _keep(self, mats: Sequence[Mat], issued: Sequence[Issued], made: Mapping[str, str]) -> None:
        """Write the changes. Numbers come first, so that everything issued can be revoked later.

        The inventory comes last, so that after a failure the same command repeats everything.
        """
        self._keys()  # without them nothing is written
        write(self.folder.issued, issued_text(issued))
        for name, text in made.items():
            self.folder.write_secret(name, text)
        self._write_engines(mats, issued)
        write(self.folder.inventory, inventory_text(mats))

    def _keys(self) -> Keys:
        found = {}
        for name, owner in KEYS.items():
            seed = self.folder.read_secret(f"{name}.seed")
            if not seed and self.issued():
                raise InputError(
                    f"{shown_path(self.folder.secret(f'{name}.seed'))}: is missing, and with other keys no mat could log in; "
                    "work where the secrets are, or bring them back from their copy"
                )
            if not seed:
                seed = new_key(owner).seed
                self.folder.write_secret(f"{name}.seed", seed)
            found[name] = self._key(name, owner, seed)
        return Keys(**found)

    def _key(self, name: str, owner: Owner, seed: str) -> Key:
        try:
            key = key_of(seed)
        except ValueError:
            key = None
        if key is None or key.owner != owner:
            where = shown_path(self.folder.secret(f"{name}.seed"))
            raise InputError(f"{where}: is damaged, it holds no seed of the {owner}; bring it back from its copy")
        return key

    def _authority(self) -> Certified:
        key = self.folder.read_secret("authority.pem")
        if key and self.folder.authority.exists():
            authority = Certified(read_text(self.folder.authority), key)
            if not signs(authority):
                where = f"{shown_path(self.folder.authority)} and {shown_path(self.folder.secret('authority.pem'))}"
                raise InputError(f"{where}: one is damaged, or they are no pair; bring them back from git and from the copy")
            return authority
        if any(each.kind != "token" for each in self.issued()):
            missing = self.folder.authority if key else self.folder.secret("authority.pem")
            raise InputError(
                f"{shown_path(missing)}: is missing, and has signed certificates; bring it back from git or from its copy"
            )
        made = new_authority(self.now)
        self.folder.write_secret("authority.pem", made.key)
        write(self.folder.authority, made.certificate)
        return made


def _good(mats: Sequence[Mat], issued: Sequence[Issued], now: datetime) -> list[Issued]:
    """What was issued, void for whoever the inventory does not have, or has as revoked: people edit it by hand.

    It is not written down, so that a line that comes back from git is good again.
    """
    may = {*SERVICES, *(mat.id for mat in mats if not mat.revoked)}
    return [
        each
        if each.revoked or each.kind == "broker" or each.name in may or each.name.startswith(BRIDGE)
        else replace(each, revoked=stamp(now))
        for each in issued
    ]


def _at(mats: Sequence[Mat], site: str) -> list[str]:
    return [mat.id for mat in mats if mat.site == site and not mat.revoked]


def _check_name(mats: Sequence[Mat], name: str) -> None:
    """Raises InputError for a name that nobody may log in with."""
    site = name.removeprefix(BRIDGE)
    if name in SERVICES or (site != name and any(mat.site == site for mat in mats)):
        return
    if site != name:
        raise InputError(f"no mat of the inventory is at the site {site!r}")
    if wanted(mats, [name])[0].revoked:
        raise InputError(f"mat {name!r} is revoked; to let it in again, empty its field `revoked` in the inventory")
