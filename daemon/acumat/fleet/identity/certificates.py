"""A small authority of the fleet: certificates for brokers and mats, and the list of those that are revoked (RFC 5280)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from acumat.fleet.identity.issued import Issued, seconds

AUTHORITY_DAYS = 3650
"""A mat that hangs for ten years needs a new authority once."""
DAYS = 825
"""Days of a certificate by default: the most that Apple's devices accept from a private authority (HT210176)."""
BEFORE = timedelta(hours=1)
"""A Pi without a battery for its clock may be behind when it starts."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, both as PEM; the key is secret."""

    certificate: str
    key: str


def new_authority(now: datetime) -> Certified:
    """A certificate that signs others, and itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("acumat fleet")
    builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return _pem(builder.sign(key, hashes.SHA256()), key)


def signs(authority: Certified) -> bool:
    """Whether both can be read, belong together, and can sign others."""
    try:
        certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
        certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return _key(authority).public_key() == certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion):
        return False


def certified(authority: Certified, name: str, hosts: Sequence[str], now: datetime, days: int) -> Certified:
    """A new key with its certificate: a broker's if it has hosts (names and addresses), else that of a client."""
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    # a broker's name is none that a client could have: with its certificate it would have the client's rights
    builder = _builder(signer.subject, _name(f"broker {name}" if hosts else name), key.public_key(), now, days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if hosts:  # the nodes of a cluster show their certificates to each other both ways
        uses.insert(0, ExtendedKeyUsageOID.SERVER_AUTH)
    builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    of = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(of), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(each) for each in hosts]), critical=False)
    return _pem(builder.sign(_key(authority), hashes.SHA256()), key)


def revocations(authority: Certified, issued: Iterable[Issued], now: datetime) -> str:
    """The list as PEM. It is valid for as long as the authority: with an expired list a broker refuses everybody."""
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    builder = x509.CertificateRevocationListBuilder().issuer_name(signer.subject)
    builder = builder.last_update(now - BEFORE).next_update(signer.not_valid_after_utc)
    for each in issued:
        if each.kind != "token" and each.revoked:
            at = datetime.fromtimestamp(seconds(each.revoked), UTC)
            entry = x509.RevokedCertificateBuilder().serial_number(int(each.number, 16)).revocation_date(at)
            builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(_key(authority), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode("ascii")


def number_and_end(certificate: str) -> tuple[str, datetime]:
    """The serial number in hexadecimal digits, and when the certificate expires."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    return f"{found.serial_number:x}", found.not_valid_after_utc


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - BEFORE).not_valid_after(now + timedelta(days=days))


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key(authority: Certified) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(authority.key.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is none of an elliptic curve")
    return key


def _pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certified:
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Certified(certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"), private.decode("ascii"))
