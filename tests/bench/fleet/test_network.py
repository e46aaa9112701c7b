"""Who gets into a fleet: certificates, refusals, what listens, and who can read the keys."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
import stat
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest
from msgspec import structs

from tests.support import fleets
from tests.support.fleet_machine import OTHER_VERSION
from tests.support.fleets import Spoken, home, joined, open_desk, spoken
from tui import __version__
from tui.bench.fleet.network import certificates, fleet_file, tls
from tui.bench.fleet.network.desk import machines
from tui.bench.fleet.network.fleet_file import Fleet, FleetError
from tui.bench.fleet.network.tls import Refused, Unreachable
from tui.records.fleet.network import Credentials, JoinFile, Role

OTHER_LOOPBACK = "127.0.0.7"
"""Another address of the same interface, so that a port on all addresses would be told from one on this."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def desk(place: Path) -> Generator[Spoken]:
    with open_desk(place, address=OTHER_LOOPBACK) as opened:
        yield opened


@pytest.fixture(scope="module")
def laptop(desk: Spoken, place: Path) -> Generator[Spoken]:
    """A machine that is there in all tests."""
    assert desk.process.poll() is None
    with joined(place, "laptop", "--group", "shelf") as machine:
        machine.wait_for("Joined as laptop")
        yield machine


@pytest.fixture
def join(desk: Spoken) -> JoinFile:
    return fleet_file.read_join_file(desk.folder.path / "join.json")


def kept(desk: Spoken) -> Fleet:
    """Read the fleet that the desk keeps in its home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENCHTOP_HOME", str(desk.folder.path / "home"))
        fleet = fleet_file.read_fleet()
    assert fleet is not None
    return fleet


def listening(pid: int) -> set[tuple[str, int]]:
    connections = psutil.Process(pid).net_connections(kind="all")
    return {(str(one.laddr[0]), one.laddr[1]) for one in connections if one.status == psutil.CONN_LISTEN}


def test_a_desk_listens_on_its_one_address_and_a_machine_for_nobody_outside(desk: Spoken, laptop: Spoken) -> None:
    host, port = tls.host_and_port(fleet_file.read_join_file(desk.folder.path / "join.json").address)
    assert host == OTHER_LOOPBACK
    assert listening(desk.process.pid) == {(OTHER_LOOPBACK, port)}
    assert {address for address, _ in listening(laptop.process.pid)} == {"127.0.0.1"}


@pytest.mark.skipif(os.name != "posix", reason="other systems keep rights elsewhere")
def test_keys_are_readable_by_their_owner_alone(desk: Spoken, laptop: Spoken) -> None:
    folders = [one.folder.path / "home" / "data" / "fleet" for one in (desk, laptop)]
    files = [desk.folder.path / "join.json", *(file for folder in folders for file in folder.iterdir())]
    assert len(files) >= 4
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def foreign(join: JoinFile, _fleet: Fleet) -> JoinFile:
    other = certificates.new_authority("other")
    return replace(join, credentials=certificates.new_credentials(other, Role.MACHINE, "stranger", 1))


def expired(join: JoinFile, fleet: Fleet) -> JoinFile:
    return replace(join, credentials=certificates.new_credentials(fleet.authority, Role.MACHINE, "late", -1))


def trusting_another(join: JoinFile, _fleet: Fleet) -> JoinFile:
    return replace(join, authority=certificates.new_authority("other").certificate)


@pytest.mark.parametrize(
    ("changed", "words", "told"),
    [
        (foreign, "refuses this machine: its certificate is of another fleet", "its certificate is of another fleet."),
        (expired, "refuses this machine: its certificate has expired", "its certificate has expired."),
        (trusting_another, "is not trusted: its certificate is of another fleet", ""),
    ],
)
def test_a_wrong_certificate_is_refused_with_one_sentence(
    changed: fleets.Changing, words: str, told: str, join: JoinFile, desk: Spoken
) -> None:
    with pytest.raises(Refused, match=words):
        tls.knock(changed(join, kept(desk)))
    if told:
        desk.wait_for(f"Refused a connection from 127.0.0.1: {told}")


def test_no_certificate_is_refused(join: JoinFile, desk: Spoken) -> None:
    context = ssl.create_default_context(cadata=join.authority)
    context.check_hostname = False
    with (
        pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"),
        socket.create_connection(tls.host_and_port(join.address), 10) as plain,
        context.wrap_socket(plain) as connection,
    ):
        connection.recv(1)
    desk.wait_for("Refused a connection from 127.0.0.1: it has no certificate.")


def test_plain_tcp_is_refused_from_both_sides(join: JoinFile, desk: Spoken) -> None:
    with socket.create_connection(tls.host_and_port(join.address), 10) as plain, contextlib.suppress(OSError):
        plain.sendall(b"x" * 200)
        assert plain.recv(100) in (b"", b"\x15\x03\x01\x00\x02\x02F")
    desk.wait_for("Refused a connection from 127.0.0.1: it does not speak TLS.")
    with pytest.raises(Refused, match="is not one with TLS, and nothing else is accepted"):
        tls.knock(replace(join, address=join.address.replace("tls", "tcp")))


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None, *, connections: int = 1) -> Generator[str]:
    """Serve so many connections as something that is no scheduler; plain text without a context."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(connections):
                with contextlib.suppress(OSError):
                    connection = server.accept()[0]
                    with connection if context is None else context.wrap_socket(connection, server_side=True) as one:
                        one.sendall(b"220 somebody else\r\n" * 20)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"tls://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def test_a_machine_cannot_pose_as_the_desk(join: JoinFile, desk: Spoken) -> None:
    fleet = kept(desk)
    machine = certificates.new_credentials(fleet.authority, Role.MACHINE, "laptop", 1)
    with (
        serving(tls.context(machine, fleet.authority.certificate, listens=True)) as address,
        pytest.raises(Refused, match="is not trusted: its certificate is made for another use"),
    ):
        tls.knock(replace(join, address=address))


def test_what_is_no_fleet_is_told_from_one_that_is_closed(join: JoinFile) -> None:
    with serving(None) as address, pytest.raises(Refused, match="it does not speak TLS"):
        tls.knock(replace(join, address=address))
    with fleets.closed_port() as port, pytest.raises(Unreachable, match="cannot be reached"):
        tls.knock(replace(join, address=f"tls://127.0.0.1:{port}"))


def test_the_machines_are_listed_over_one_connection_and_a_second_one_only_tells_why_not(
    desk: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, knocks = kept(desk), Mock(wraps=tls.knock)
    monkeypatch.setattr(tls, "knock", knocks)
    assert isinstance(asyncio.run(machines(fleet)), list)
    assert not knocks.called, "each connection costs a busy scheduler time"
    with fleets.closed_port() as port, pytest.raises(Unreachable, match="cannot be reached"):
        asyncio.run(machines(structs.replace(fleet, address=f"tls://127.0.0.1:{port}")))
    machine = certificates.new_credentials(fleet.authority, Role.MACHINE, "posing", 1)
    with (
        serving(tls.context(machine, fleet.authority.certificate, listens=True), connections=2) as address,
        pytest.raises(Refused, match="is not trusted: its certificate is made for another use"),
    ):
        asyncio.run(machines(structs.replace(fleet, address=address)))
    assert knocks.call_count == 2, "what fails is not tried again and again"


def test_an_ended_machine_is_cut_off_and_stays_out(desk: Spoken, laptop: Spoken, place: Path) -> None:
    before = (desk.folder.path / "join.json").read_bytes()
    assert laptop.process.poll() is None
    with joined(place, "laptop-a") as ended:
        ended.wait_for("Joined as laptop-a")
        listed = json.loads(desk.folder.run("fleet", "status", "--json").stdout)
        states = {row["name"]: (row["state"], row["group"]) for row in listed}
        assert states.items() >= {"laptop-a": ("here", ""), "laptop": ("here", "shelf")}.items()
        result = desk.folder.run("fleet", "revoke", "laptop-a")
        assert (result.returncode, result.stdout) == (0, "")
        assert ended.process.wait(60) == 2
        assert "its certificate was ended with benchtop fleet revoke" in ended.text
        lines = [line.split()[:2] for line in desk.folder.run("fleet", "status").stdout.splitlines()]
        assert ["laptop-a", "ended"] in lines
        assert ["laptop", "here"] in lines
    old = place / "old.json"
    old.write_bytes(before)
    assert old.read_bytes() != (desk.folder.path / "join.json").read_bytes()
    with pytest.raises(Refused, match="fleet revoke"):
        tls.knock(fleet_file.read_join_file(old))
    # The next machine has another version, which both sides say when it joins.
    with joined(place, "laptop-c", program=("-m", "tests.support.fleet_machine", "version")) as fresh:
        told = fresh.wait_for(f"This machine has Benchtop {OTHER_VERSION}, the desk {__version__}")
        assert f"(pip install 'foundry-benchtop[fleet]=={__version__}')" in told
        heard = desk.wait_for(f"laptop-c has joined. It has Benchtop {OTHER_VERSION}, and this desk {__version__}")
        assert heard.endswith("no benchmark starts there without --anyway. Install the same version on both.")
    elsewhere = home(place, "elsewhere")
    again = elsewhere.run("fleet", "join", str(desk.folder.path / "join.json"), "--name", "laptop-a")
    assert (again.returncode, again.stderr) == (
        2,
        "benchtop: the name laptop-a was ended with benchtop fleet revoke; join under another one.\n",
    )


def test_a_name_belongs_to_the_machine_that_joined_with_it(desk: Spoken, laptop: Spoken, place: Path) -> None:
    assert laptop.process.poll() is None
    other = home(place, "other").run("fleet", "join", str(desk.folder.path / "join.json"), "--name", "laptop")
    assert other.returncode == 2
    assert "belongs to a machine that has joined before" in other.stderr
    again = ("fleet", "join", str(desk.folder.path / "join.json"), "--name", "laptop")
    with spoken(laptop.folder, "-m", "tui", *again) as second:
        second.wait_for("the name laptop is in use in the fleet; trying again until it can be.")
    assert laptop.process.poll() is None
    assert "laptop has left." not in desk.lines


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--bind", "0.0.0.0"), "would listen on every network"),
        (("--bind", "desk.example"), "is not an IP address of this machine"),
        (("--bind", "203.0.113.9"), "is not an address of this machine; name one of its own with --bind"),
        (("--port", "70000"), "is no port"),
        (("--join-file", "other.json"), "other.json is no file that benchtop fleet create has written"),
    ],
)
def test_a_desk_that_cannot_be_opened_is_one_sentence(tmp_path: Path, options: tuple[str, str], words: str) -> None:
    folder = home(tmp_path, "desk")
    (folder.path / "other.json").write_text("{}")
    result = folder.run("fleet", "create", *options)
    assert result.returncode == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_fleet_that_is_opened_again_has_its_machines(tmp_path: Path) -> None:
    with open_desk(tmp_path) as first:
        port = tls.host_and_port(fleet_file.read_join_file(tmp_path / "desk" / "join.json").address)[1]
        with joined(tmp_path, "laptop") as machine:
            machine.wait_for("Joined as laptop")
            assert first.end() == 0
            closed = first.folder.run("fleet", "status")
            assert closed.returncode == 1
            assert "laptop   away" in closed.stdout
            assert "benchtop fleet create opens it" in closed.stderr
            with open_desk(tmp_path, port=port) as second:
                second.wait_for("laptop has joined.")
                assert second.folder.run("fleet", "revoke", "nobody").stderr == (
                    "benchtop: no machine of the fleet has the name nobody (there are: laptop).\n"
                )


def test_a_certificate_that_has_expired_is_replaced_when_its_machine_joins_again() -> None:
    fleet = fleet_file.new_fleet("tls://127.0.0.1:1", 1)
    _, request = certificates.new_request()
    late, _ = fleet_file.enrolled(fleet_file.opened_again(fleet, fleet.address, -1), "laptop", request)
    renewed, certificate = fleet_file.enrolled(fleet_file.opened_again(late, fleet.address, 1), "laptop", request)
    assert certificates.peer_of(certificate).serial == renewed.machines["laptop"].serial
    with pytest.raises(FleetError, match="belongs to a machine"):
        fleet_file.enrolled(renewed, "laptop", request)


@pytest.mark.parametrize("name", ["", " a", "a" * 61, "a\x1b[31m", "a\nb"])
def test_a_name_is_short_and_can_be_printed(name: str) -> None:
    with pytest.raises(FleetError, match="a name of a machine has"):
        fleet_file.check_name(name)


def test_a_request_of_rubbish_is_refused() -> None:
    fleet = fleet_file.new_fleet("tls://127.0.0.1:1", 1)
    with pytest.raises(FleetError, match="cannot be read"):
        fleet_file.enrolled(
            fleet, "laptop", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"
        )


def test_credentials_are_read_only_from_files_of_their_owner(tmp_path: Path) -> None:
    with tls.credential_files(Credentials("certificate", "key")) as files:
        assert [file.read_text() for file in files] == ["certificate", "key"]
    assert not any(file.exists() for file in files)
    assert not list(tmp_path.iterdir())
