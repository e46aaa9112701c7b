"""What is nobody else's business: keys are in no text, and files and folders are readable by their owner alone."""

from __future__ import annotations

import base64
import codecs
import logging
import os
from pathlib import Path
from urllib.parse import quote

import pytest

from tui import log, paths
from tui.engines.contract import Piece
from tui.engines.process import environment
from tui.engines.process.environment import child_environment
from tui.engines.process.secret_stream import SecretStream
from tui.store.history import History
from tui.text import secrets

KEY = "sk-FAULTSKEY-0123456789+abcdef/ghi"
SIGNS = "skfaultskey0123456789abcdefghi"


@pytest.fixture(autouse=True)
def learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_learned", {})
    monkeypatch.setattr(secrets, "_variables", set[str]())
    secrets.learn(KEY)


SHAPES = {
    "as it is": f"your key is {KEY}, or not",
    "in capitals": KEY.upper(),
    "in small letters": KEY.lower(),
    "backwards": KEY[::-1],
    "spaced": " ".join(KEY),
    "on two lines": f"{KEY[:11]}\n   {KEY[11:]}",
    "with a sign of no width": f"{KEY[:9]}\u200b{KEY[9:]}",
    "quoted in parts": f'"{KEY[:12]}" + "{KEY[12:]}"',
    "in Base64": base64.b64encode(KEY.encode()).decode(),
    "in Base64 behind something": base64.b64encode(b"Bearer " + KEY.encode()).decode(),
    "in hexadecimal": KEY.encode().hex(),
    "in an address": f"http://x/?key={quote(KEY, safe='')}",
    "rotated": codecs.encode(KEY, "rot13"),
    "in Base32": base64.b32encode(KEY.encode()).decode(),
    "in wide letters": "".join(chr(ord(sign) + 0xFEE0) for sign in KEY),
    "as a page writes it": "".join(f"&#{ord(sign)};" for sign in KEY),
    "as JSON may write it": "".join(f"\\u{ord(sign):04x}" for sign in KEY),
    "as a list of numbers": ", ".join(f"0x{ord(sign):02x}" for sign in KEY),
    "as C writes it": "".join(f"\\{ord(sign):o}" for sign in KEY),
    "the first half": KEY[:17],
    "the second half": KEY[17:],
    "cut at its end": f"wrong key {KEY[:20]}",
    "cut at its beginning": f"...{KEY[-20:]} is wrong",
    "twice": f"{KEY}{KEY}",
    "after a beginning of itself": f"sk-FAULTS {KEY}",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_key_is_hidden_in_whatever_shape(text: str) -> None:
    hidden = secrets.without_secrets(text)
    assert secrets.SIGN in hidden
    folded = secrets.folded_text(hidden)
    forms = (SIGNS, SIGNS[::-1], KEY.encode().hex(), secrets.folded_text(base64.b64encode(KEY.encode()).decode()))
    parts = (form[start : start + 10] for form in forms for start in range(len(form) - 9))
    assert not [part for part in parts if part in folded]


def test_ordinary_text_stays_as_it_is() -> None:
    text = "A key such as sk-... or 0123456789 has abc in it; the faults of a task are its own. " * 200
    assert secrets.without_secrets(text) == text
    secrets.learn("ollama")
    assert secrets.without_secrets("an OLLAMA server") == "an OLLAMA server"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 15, 100])
def test_a_key_in_several_pieces_is_hidden_in_the_stream(size: int) -> None:
    whole = f"Well, your key is {KEY}. Goodbye, and thanks for all the fish in the sea."
    given = [Piece(start, whole[start : start + size]) for start in range(0, len(whole), size)]
    stream = SecretStream()
    sent = [piece for part in given for piece in stream.feed(part)] + stream.rest()
    assert [piece.at_ns for piece in sent] == [piece.at_ns for piece in given], "no time of arrival is lost"
    text = "".join(piece.text for piece in sent)
    assert text.startswith("Well, your key is ")
    assert text.endswith(". Goodbye, and thanks for all the fish in the sea.")
    assert not [part for start in range(len(SIGNS) - 5) if (part := SIGNS[start : start + 6]) in text.lower()]


OTHERS = {
    **dict.fromkeys(
        [
            "ONE_API_KEY",
            "HF_TOKEN",
            "OPENAI_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "OPENAI_KEY_1",
            "TOKEN_GITHUB",
            "SECRET_KEY_BASE",
            "PGPASSWORD",
            "MYSQL_PWD",
            "NPM_AUTH",
            "X_APIKEY_2",
            "JWT",
        ],
        "x",
    ),
    "DATABASE": "postgres://me:secret@host/db",
    "SOME": "sk-proj-0123456789",
    "OTHER": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
}
NO_SECRETS = {
    "KEYBOARD": "x",
    "PATTERN": "x",
    "TOKENIZERS_PARALLELISM": "false",
    "http_proxy": "http://me:secret@proxy",
}


def test_a_child_gets_only_the_key_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**OTHERS, **NO_SECRETS, "OFFICE": "x"}.items():
        monkeypatch.setenv(name, value)
    secrets.learn_variable("OFFICE")
    given = child_environment("mark", ["OFFICE"])
    # Windows keeps the names of variables in capitals.
    assert {name.upper() for name in ("OFFICE", "PATH", *NO_SECRETS)} <= {name.upper() for name in given}
    assert not OTHERS.keys() & given.keys()
    assert not {"OFFICE", "HF_TOKEN"} & child_environment().keys()


def test_a_key_is_known_by_the_name_of_its_variable_in_any_case_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFICE", "x")  # Windows lists every name in capitals.
    secrets.learn_variable("Office")
    assert "OFFICE" not in child_environment()
    monkeypatch.setattr(environment, "WINDOWS", True)
    assert child_environment(needed=["Office"])["OFFICE"] == "x"


def rights(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): f"{path.stat().st_mode & 0o777:o}" for path in folder.rglob("*")}


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_what_is_kept_can_be_read_by_its_owner_alone(own_home: Path) -> None:
    home = own_home.parent / "benchtop"
    before = os.umask(0o022)
    try:
        paths.app_data_dir().mkdir(parents=True)
        paths.registrations_file().write_text("[]")
        paths.log_file().write_text("old\n")
        History(paths.history_file()).close()
        paths.write_atomically(paths.settings_file(), b"{}", make_folder=True)
        paths.write_atomically(paths.user_config_dir() / "models.json", b"{}", make_folder=True)
        log.log_to_file()
        logging.getLogger("x").warning("the key %s is wrong", KEY)
        elsewhere = own_home / "report.md"
        paths.write_atomically(elsewhere, b"x")
    finally:
        logging.basicConfig(force=True, handlers=[logging.NullHandler()])
        os.umask(before)
    assert rights(home) == {
        "data": "700",
        "data/registered.json": "600",
        "data/history.sqlite3": "600",
        "data/settings.json": "600",
        "config": "700",
        "config/models.json": "600",
        "benchtop.log": "600",
    }
    assert rights(own_home) == {"report.md": "644"}, "a report is for others, too"
    assert "sk-F" not in paths.log_file().read_text()
