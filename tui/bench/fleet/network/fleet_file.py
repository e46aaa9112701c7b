"""Keep the fleet of a desk in one private file: its keys, the machines that joined, and those that were ended."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tui import json_file, paths
from tui.bench.fleet.network import certificates
from tui.conversion import convert
from tui.json_file import ConfigError
from tui.records.fleet.network import Credentials, JoinFile, Role
from tui.system.files import rename

DAYS: Final = 90.0
"""How long certificates are valid, unless the user says otherwise."""
MOST_NAME_CHARACTERS: Final = 60
_FILE_SCHEMA: Final = 1
_MOST_BYTES: Final = 1 << 20


class FleetError(Exception):
    """The fleet cannot do what it was asked for; the message is one sentence for a person, without its full stop."""


class JoinedMachine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A machine that has a certificate of its own."""

    serial: str
    expires_at: datetime
    revoked: bool = False


class Fleet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fleet of this desk."""

    benchtop_fleet: int = _FILE_SCHEMA
    fleet_id: str
    address: str
    days: float
    authority: Credentials
    scheduler: Credentials
    desk: Credentials
    join: Credentials
    join_file: str = ""
    """Where the file to join with was written last."""
    machines: dict[str, JoinedMachine] = {}
    revoked_serials: tuple[str, ...] = ()


class _WrittenJoinFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    benchtop_fleet: int
    fleet: str
    address: str
    authority: str
    certificate: str
    key: str


def fleet_file() -> Path:
    """The file of the fleet that this machine is the desk of."""
    return paths.fleet_dir() / "fleet.json"


def revocation_file() -> Path:
    """The list of ended certificates in the form in which OpenSSL reads it."""
    return paths.fleet_dir() / "revoked.pem"


def new_fleet(address: str, days: float) -> Fleet:
    """Make the keys of a new fleet; nothing is written."""
    fleet_id = secrets.token_hex(8)
    authority = certificates.new_authority(fleet_id)

    def issue(role: Role) -> Credentials:
        return certificates.new_credentials(authority, role, role.value, days)

    return Fleet(
        fleet_id=fleet_id,
        address=address,
        days=days,
        authority=authority,
        scheduler=issue(Role.SCHEDULER),
        desk=issue(Role.DESK),
        join=issue(Role.JOIN),
    )


def opened_again(fleet: Fleet, address: str, days: float) -> Fleet:
    """Give a fleet fresh certificates of its own, and the address at which it is opened now; its machines stay.

    The certificate to join with stays as well, unless it has expired.
    """
    scheduler = certificates.new_credentials(fleet.authority, Role.SCHEDULER, Role.SCHEDULER.value, days)
    desk = certificates.new_credentials(fleet.authority, Role.DESK, Role.DESK.value, days)
    opened = msgspec.structs.replace(fleet, address=address, days=days, scheduler=scheduler, desk=desk)
    return _with_new_join(opened) if certificates.expires_at(fleet.join.certificate) <= datetime.now(UTC) else opened


def read_fleet() -> Fleet | None:
    """Read the fleet of this desk; ``None`` if there is none.

    Raises:
        FleetError: the file is damaged or cannot be read.
    """
    file = fleet_file()
    if not paths.exists(file):
        return None
    try:
        return convert(json_file.load(file, 64 * _MOST_BYTES), Fleet)
    except (OSError, ValueError) as error:
        raise FleetError(
            f"{file} cannot be used ({error}); remove it, and make the fleet anew with benchtop fleet create"
        ) from error


def write_fleet(fleet: Fleet) -> None:
    """Write the fleet and its list of ended certificates; both can be read by their owner alone."""
    listed = certificates.revocation_list(fleet.authority, fleet.revoked_serials, 1 + len(fleet.revoked_serials))
    paths.write_atomically(revocation_file(), listed.encode(), make_folder=True)
    paths.write_atomically(fleet_file(), msgspec.json.format(msgspec.json.encode(fleet), indent=2), make_folder=True)


def check_name(name: str) -> str:
    """Return the name of a machine. Raises FleetError if it cannot be one."""
    if not name or len(name) > MOST_NAME_CHARACTERS or not name.isprintable() or name != name.strip():
        raise FleetError(f"a name of a machine has 1 to {MOST_NAME_CHARACTERS} characters that can be printed")
    return name


def enrolled(fleet: Fleet, name: str, request_pem: str) -> tuple[Fleet, str]:
    """Sign the key of a machine that joins for the first time; gives the fleet with it, and its certificate.

    Raises:
        FleetError: the name is taken or was ended, or the request is none.
    """
    check_name(name)
    taken = fleet.machines.get(name)
    if taken is not None and taken.revoked:
        raise FleetError(f"the name {name} was ended with benchtop fleet revoke; join under another one")
    if taken is not None and taken.expires_at > datetime.now(UTC):
        raise FleetError(f"the name {name} belongs to a machine that has joined before; join under another one")
    try:
        certificate = certificates.sign_request(fleet.authority, request_pem, Role.MACHINE, name, fleet.days)
    except ValueError as error:
        raise FleetError("the request for a certificate cannot be read") from error
    serial = certificates.peer_of(certificate).serial
    machine = JoinedMachine(serial=serial, expires_at=certificates.expires_at(certificate))
    return msgspec.structs.replace(fleet, machines={**fleet.machines, name: machine}), certificate


def revoked(fleet: Fleet, name: str) -> Fleet:
    """End the certificate of a machine, and replace the one that all join with, which that machine has, too.

    Raises:
        FleetError: no machine has this name.
    """
    machine = fleet.machines.get(name)
    if machine is None:
        names = ", ".join(sorted(fleet.machines)) or "none yet"
        raise FleetError(f"no machine of the fleet has the name {name} (there are: {names})")
    serials = (machine.serial, certificates.peer_of(fleet.join.certificate).serial)
    ended = msgspec.structs.replace(
        fleet,
        machines={**fleet.machines, name: msgspec.structs.replace(machine, revoked=True)},
        revoked_serials=(*fleet.revoked_serials, *(one for one in serials if one not in fleet.revoked_serials)),
    )
    return _with_new_join(ended)


def _with_new_join(fleet: Fleet) -> Fleet:
    join = certificates.new_credentials(fleet.authority, Role.JOIN, Role.JOIN.value, fleet.days)
    return msgspec.structs.replace(fleet, join=join)


def written_to(fleet: Fleet, join_file: Path) -> Fleet:
    """Note in a fleet where its file to join with is."""
    return msgspec.structs.replace(fleet, join_file=str(join_file))


def write_join_file(fleet: Fleet, file: Path) -> None:
    """Write what a machine needs to join, for its owner alone to read."""
    written = _WrittenJoinFile(
        benchtop_fleet=_FILE_SCHEMA,
        fleet=fleet.fleet_id,
        address=fleet.address,
        authority=fleet.authority.certificate,
        certificate=fleet.join.certificate,
        key=fleet.join.key,
    )
    _write_private(file, msgspec.json.format(msgspec.json.encode(written), indent=2))


def read_join_file(file: Path) -> JoinFile:
    """Read the file that a machine joins with.

    Raises:
        FleetError: it cannot be read, or is none.
    """
    try:
        written = convert(json_file.read(file).data, _WrittenJoinFile)
        certificates.peer_of(written.certificate)
    except ConfigError as error:
        raise FleetError(str(error).rstrip(".")) from error
    except ValueError as error:
        raise FleetError(f"{file} is no file that benchtop fleet create has written; copy it from the desk") from error
    if written.benchtop_fleet != _FILE_SCHEMA:
        raise FleetError(f"{file} is of another version of Benchtop; install the one that the desk has")
    return JoinFile(
        fleet_id=written.fleet,
        address=written.address,
        authority=written.authority,
        credentials=Credentials(written.certificate, written.key),
    )


def own_credentials(join: JoinFile) -> dict[str, Credentials]:
    """Read the certificates that this machine has in a fleet, by their names; those that have expired are left out."""
    file = _own_file(join.fleet_id)
    try:
        kept = convert(json_file.load(file, _MOST_BYTES), dict[str, Credentials])
        now = datetime.now(UTC)
        return {name: own for name, own in kept.items() if certificates.expires_at(own.certificate) > now}
    except (OSError, ValueError):
        return {}


def write_own_credentials(join: JoinFile, name: str, credentials: Credentials) -> None:
    """Keep the certificate that this machine has got for a name."""
    kept = own_credentials(join) | {name: credentials}
    paths.write_atomically(_own_file(join.fleet_id), msgspec.json.encode(kept), make_folder=True)


def with_credentials(join: JoinFile, credentials: Credentials) -> JoinFile:
    """Give the same fleet with other credentials."""
    return replace(join, credentials=credentials)


def _own_file(fleet_id: str) -> Path:
    name = "".join(character for character in fleet_id if character.isalnum())[:32]
    return paths.fleet_dir() / f"joined-{name}.json"


def _write_private(file: Path, content: bytes) -> None:
    temporary = paths.temporary_beside(file)
    try:
        with open(temporary, "xb", opener=paths.open_privately) as opened:
            opened.write(content)
        rename(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
