"""Make the certificates of a fleet: an authority of its own, and one certificate for each name.

The use that a certificate allows is part of it (RFC 5280, extended key usage), so that TLS itself refuses a machine
that poses as the scheduler. The role and the name stand in its subject.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tui.records.fleet.network import Credentials, Peer, Role

CLOCK_DIFFERENCE: Final = timedelta(days=2)
"""How far the clock of a machine may be behind that of the desk."""
_AUTHORITY_DAYS: Final = 3650
_SERVES: Final = frozenset({Role.SCHEDULER})
"""The roles that may be connected to; all others only connect."""


def new_authority(fleet_id: str) -> Credentials:
    """Make the authority of a fleet, which signs its certificates."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject(fleet_id, "authority", "authority")
    certificate = (
        _unsigned(name, key.public_key(), name, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Credentials(certificate=_pem(certificate), key=_key_pem(key))


def new_credentials(authority: Credentials, role: Role, name: str, days: float) -> Credentials:
    """Make a key, and a certificate of the authority on it; it is valid from two days ago for ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Credentials(certificate=_sign(authority, role, name, days, key.public_key()), key=_key_pem(key))


def new_request() -> tuple[str, str]:
    """Make a key on a machine, and the request that the desk signs: the PEM of the key, and that of the request."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return _key_pem(key), request.public_bytes(serialization.Encoding.PEM).decode()


def sign_request(authority: Credentials, request_pem: str, role: Role, name: str, days: float) -> str:
    """Sign the key of a request; of what else the request asks for nothing is taken over.

    Raises:
        ValueError: it is no request, or its signature is wrong.
    """
    request = x509.load_pem_x509_csr(request_pem.encode())
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not request.is_signature_valid:
        raise ValueError("the request is not signed with its own key")
    return _sign(authority, role, name, days, key)


def peer_of(certificate_pem: str) -> Peer:
    """Read whose certificate it is. Raises ValueError if it is none of a fleet."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    texts = {attribute.oid: str(attribute.value) for attribute in certificate.subject}
    return Peer(
        fleet_id=texts.get(NameOID.ORGANIZATION_NAME, ""),
        role=Role(texts.get(NameOID.ORGANIZATIONAL_UNIT_NAME, "")),
        name=texts.get(NameOID.COMMON_NAME, ""),
        serial=f"{certificate.serial_number:X}",
    )


def expires_at(certificate_pem: str) -> datetime:
    """Read until when a certificate is valid."""
    return x509.load_pem_x509_certificate(certificate_pem.encode()).not_valid_after_utc


def revocation_list(authority: Credentials, serials: Iterable[str], number: int) -> str:
    """Make the list of certificates that have been ended, as PEM.

    Of several lists OpenSSL takes the one with the latest time of update, to the second, and none from the future;
    therefore list ``number`` is dated so many seconds after the authority.
    """
    certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
    updated = certificate.not_valid_before_utc + timedelta(seconds=number)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(updated)
        .next_update(certificate.not_valid_after_utc)
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(updated).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(_private_key(authority), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _sign(authority: Credentials, role: Role, name: str, days: float, key: ec.EllipticCurvePublicKey) -> str:
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    fleet_id = peer_fleet(issuer)
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if role in _SERVES else [])]
    certificate = (
        _unsigned(_subject(fleet_id, role.value, name), key, issuer.subject, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key_of(issuer)), critical=False)
        .sign(_private_key(authority), hashes.SHA256())
    )
    return _pem(certificate)


def peer_fleet(certificate: x509.Certificate) -> str:
    """Read the id of the fleet that a certificate belongs to."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)


def key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """Read the public key of a certificate of ours."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("the certificate has another kind of key than those of a fleet")
    return key


def _unsigned(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name, days: float
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    ends = now + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, ends) - CLOCK_DIFFERENCE)
        .not_valid_after(ends)
    )


def _subject(fleet_id: str, role: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, fleet_id),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _private_key(authority: Credentials) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key of the authority is of another kind than those of a fleet")
    return key


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
