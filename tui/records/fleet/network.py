"""The machines of a fleet and what joins them: certificates, the file that a machine joins with, its answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.run import Environment


class Role(StrEnum):
    """What the holder of a certificate does in the fleet."""

    SCHEDULER = "scheduler"
    DESK = "desk"
    MACHINE = "machine"
    JOIN = "join"
    """A machine that has no name yet: it may ask for a certificate of its own, and for nothing else."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate and its private key, both as PEM."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a connection, by its certificate."""

    fleet_id: str
    role: Role
    name: str
    serial: str
    """The serial number of the certificate, in hexadecimal digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinFile:
    """What a machine needs to join a fleet. Whoever has it can run code on the machines of the fleet."""

    fleet_id: str
    address: str
    """Where the scheduler listens, as ``tls://192.168.1.5:8790``."""
    authority: str
    """The certificate of the authority, as PEM."""
    credentials: Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHere:
    """A machine that has joined, as the scheduler knows it."""

    name: str
    benchtop: str = ""
    """The version of Benchtop on the machine."""
    protocol: int = 0
    """The version of the messages that it understands."""
    group: str = ""
    """Machines of one group take turns; empty if it is in none."""
    takes_bytes: int = 0
    """So much of models it lets the desk bring to its disk."""
    busy: bool = False
    joined_at: float = 0.0
    """When it joined, in seconds since 1970 on the clock of the scheduler."""
    seen_s: float = 0.0
    """How many seconds ago it gave a sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """What a machine has of one model of a plan."""

    key: str
    problem: str = ""
    """Why it cannot be run there; empty if it can."""
    same_bytes: bool | None = None
    """Whether its files are those of the plan; ``None`` if that is not known."""
    fetch_bytes: int | None = None
    """How much its download would be, if it is missing and the machine's catalogue has it; otherwise ``None``."""
    will_not_fit: str = ""
    """The forecast in words, if it will not fit into the memory that is free; otherwise empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCheck:
    """What a machine says of itself and of a plan before anything is started."""

    environment: Environment
    free_ram_bytes: int
    free_disk_bytes: int | None = None
    models: tuple[ModelCheck, ...] = ()
    expected_s: float | None = None
    """How long the plan will take, by what was measured there before; ``None`` if nothing was."""
