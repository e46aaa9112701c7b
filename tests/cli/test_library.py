"""The commands around models as a user types them, against a stand-in for the cloud."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import builders
from tests.support.command import benchtop, spawn
from tests.support.libraries import LARGE, TINY
from tests.support.stand_in import Cloud, Offer
from tui import paths
from tui.cli.library.models import as_table
from tui.console import ExitCode
from tui.practice import practice_folder

pytestmark = pytest.mark.usefixtures("own_home")


def keys(*arguments: str) -> dict[str, str]:
    """Map the key of each listed model to its state, without practice models and those that are only configured."""
    listed = json.loads(benchtop("models", "--json", *arguments).stdout)
    return {
        model["key"]: model["state"]
        for model in listed
        if not model["practice"] and (model["catalog"] or model["folder"])
    }


def test_a_model_is_listed_downloaded_verified_run_and_removed(cloud: Cloud) -> None:
    cloud.offers = (TINY, LARGE)
    assert keys() == {}
    assert keys("--refresh") == {"tiny-chat@cpu": "available", "large-chat@cpu": "available"}
    assert keys("--cached") == {}
    refused = benchtop("run", "tiny")
    assert refused.returncode == ExitCode.USAGE
    assert '"benchtop download tiny-chat@cpu" fetches it (1.00 MiB)' in refused.stderr
    got = spawn("download", "tiny")
    assert (got.returncode, got.stdout) == (ExitCode.DONE, "")
    assert "tiny is taken for tiny-chat, the only match." in got.stderr
    assert got.stderr.splitlines()[-1] == "tiny-chat@cpu: done, 1.21 MiB"
    assert benchtop("download", "tiny-chat").stderr == "tiny-chat@cpu is here already.\n"
    assert keys("--cached") == keys("--runnable") == {"tiny-chat@cpu": "ready"}
    checked = benchtop("verify", "tiny-chat")
    assert checked.returncode == ExitCode.DONE, checked.stdout
    assert checked.stdout.splitlines()[1].split()[:4] == ["tiny-chat@cpu", "yes", "yes", "yes"]
    assert "A **token** is the unit" in benchtop("run", "tiny-chat", "--prompt", "What is a token?").stdout
    removal = benchtop("remove", "tiny-chat")
    assert (removal.returncode, removal.stderr) == (
        ExitCode.USAGE,
        "benchtop: removing tiny-chat@cpu asks first, but there is no terminal; add --yes.\n",
    )
    assert benchtop("remove", "tiny-chat", "--yes").stderr == "tiny-chat@cpu is removed; 1.21 MiB are free again.\n"
    assert keys() == {"tiny-chat@cpu": "available", "large-chat@cpu": "available"}


def test_a_whole_licence_in_the_catalogue_leaves_the_list_readable() -> None:
    wordy = replace(builders.model("wordy"), license="You may use it, but not for " * 20, capabilities=("chat",) * 30)
    heading, row = as_table([wordy], {}, None).splitlines()
    assert len(row) < 200, row
    assert row.index("You may use it") == heading.index("LICENCE")
    assert row.count("…") == 2


def test_the_first_download_asks_the_catalogue_by_itself(cloud: Cloud, tmp_path: Path) -> None:
    cloud.offers = (TINY,)
    cache = tmp_path / "elsewhere"
    got = benchtop("download", "tiny-chat", "--model-cache-dir", str(cache))
    assert got.returncode == ExitCode.DONE, got.stderr
    assert (cache / "Lab" / "tiny-chat-generic-cpu-3" / "model.onnx").is_file()
    assert keys() == {}
    assert keys("--model-cache-dir", str(cache)) == {"tiny-chat@cpu": "ready"}
    assert benchtop("run", "tiny-chat", "--model-cache-dir", str(cache), "--max-tokens", "4").returncode == 0


def test_a_broken_model_is_downloaded_anew(cloud: Cloud) -> None:
    cloud.offers = (TINY,)
    assert benchtop("download", "tiny-chat").returncode == ExitCode.DONE
    weights = paths.model_cache_dir() / "Lab" / "tiny-chat-generic-cpu-3" / "model.onnx.data"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:1000])
    assert keys() == {"tiny-chat@cpu": "broken"}
    assert benchtop("verify", "tiny-chat").returncode == ExitCode.MODEL_FAILED
    got = benchtop("download", "tiny-chat")
    assert got.returncode == ExitCode.DONE, got.stderr
    assert "broken: model.onnx.data: ends early" in got.stderr
    assert weights.read_bytes() == whole


def test_a_download_that_fails_says_why(cloud: Cloud) -> None:
    cloud.offers = (TINY,)
    cloud.behaviour.status = {"registry": 403}
    got = benchtop("download", "tiny-chat")
    assert got.returncode == ExitCode.MODEL_FAILED
    assert "HTTP 403" in got.stderr.splitlines()[-1]
    unknown = benchtop("download", "tiny-chatt")
    assert unknown.returncode == ExitCode.USAGE
    assert 'there is no model "tiny-chatt"; the closest' in unknown.stderr
    missing = benchtop("download", "mistral-7b")
    assert missing.returncode == ExitCode.USAGE
    assert "mistral-7b cannot be downloaded: not in the catalogue of this machine" in missing.stderr
    late = benchtop("download", "tiny-chat", "--at", "noon")
    assert late.returncode == ExitCode.USAGE
    assert '"noon" is no time of day' in late.stderr


def test_without_a_network_the_list_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    listed = benchtop("models", "--refresh")
    assert listed.returncode == ExitCode.DONE
    assert listed.stderr.count("\n") == 1
    assert "the catalogue could not be asked" in listed.stderr
    assert "there is no list from before" in listed.stderr
    assert "practice-small" in listed.stdout


def test_a_model_of_ones_own_is_registered_run_and_forgotten(tmp_path: Path) -> None:
    shutil.copytree(practice_folder("practice-small"), tmp_path / "mine")
    added = benchtop("register", "mine", str(tmp_path / "mine"), "--capability", "chat", "--capability", "tools")
    assert (added.returncode, added.stderr) == (0, 'mine is registered: try "benchtop run mine".\n')
    (mine,) = [model for model in json.loads(benchtop("models", "--json").stdout) if model["alias"] == "mine"]
    assert (mine["state"], mine["capabilities"]) == ("ready", ["chat", "tools"])
    assert benchtop("run", "mine", "--max-tokens", "4").returncode == ExitCode.DONE
    assert benchtop("remove", "mine", "--yes").returncode == ExitCode.USAGE
    assert benchtop("unregister", "mine").returncode == ExitCode.DONE
    assert keys() == {}
    assert benchtop("unregister", "mine").returncode == ExitCode.USAGE
    (tmp_path / "mine" / "tokenizer.json").unlink()
    refused = benchtop("register", "mine", str(tmp_path / "mine"))
    assert refused.returncode == ExitCode.USAGE
    assert "there is no tokenizer.json" in refused.stderr


def test_verify_has_a_row_for_every_target(tmp_path: Path) -> None:
    shutil.copytree(practice_folder("practice-small"), tmp_path / "mine")
    template = tmp_path / "mine" / "tokenizer_config.json"
    benchtop("register", "mine", str(tmp_path / "mine"))
    content = json.loads(template.read_text(encoding="utf-8"))
    del content["chat_template"]
    template.write_text(json.dumps(content), encoding="utf-8")
    result = benchtop("verify", "practice-small", "mine", "mistral-7b", "unheard-of")
    assert result.returncode == ExitCode.MODEL_FAILED
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert [row[:4] for row in rows] == [
        ["practice-small", "yes", "yes", "yes"],
        ["mine", "yes", "yes", "NO"],
        ["mistral-7b", "NO", "-", "-"],
        ["unheard-of", "NO", "-", "-"],
    ]
    assert "template" in " ".join(rows[1])
    assert result.stderr.endswith("1 of 4 in order.\n")


def test_doctor_looks_at_everything_and_says_what_to_do(cloud: Cloud, tmp_path: Path) -> None:
    cloud.offers = (TINY,)
    result = benchtop("doctor")
    rows = result.stdout.splitlines()[1:]
    at = rows[0].index(" ok ") + 1
    marks = {row[:at].strip(): row[at : at + 2] for row in rows}
    assert set(marks) >= {"benchtop", "runtime", "memory", "GPU", "execution providers", "disk", "catalogue", "models"}
    assert "it answers; builds for this machine: 1" in result.stdout
    runnable = json.loads(benchtop("models", "--runnable", "--json").stdout)
    assert re.search(rf"models +ok +{len(runnable)} ", result.stdout), "it counts what the list of models has"
    assert (result.returncode == ExitCode.DONE) == ("--" not in marks.values())
    config = tmp_path / "config"
    config.mkdir()
    (config / "models.json").write_text("{", encoding="utf-8")
    broken = benchtop("doctor", "--config", str(config))
    assert broken.returncode == ExitCode.MODEL_FAILED
    assert "models.json, line 1, column 2: this is not JSON" in broken.stdout


def test_a_vision_model_runs_on_text_and_a_speech_model_is_shown_as_what_it_is(cloud: Cloud) -> None:
    folder = TINY.folder
    cloud.offers = (
        Offer(
            alias="sees", name="sees-generic-cpu", task="vision-language-chat", inputs=("text", "image"), folder=folder
        ),
        Offer(alias="bare", name="bare-it-generic-cpu", task=None, inputs=(), outputs=(), folder=folder),
        Offer(alias="hears", name="hears-generic-cpu", task="automatic-speech-recognition", folder=folder),
    )
    got = benchtop("download", "sees", "bare", "hears")
    assert got.returncode == ExitCode.DONE, got.stderr
    assert "hears@cpu: made for speech (automatic-speech-recognition)" in got.stderr
    assert keys() == {"sees@cpu": "ready", "bare@cpu": "ready", "hears@cpu": "not for text"}
    answered = benchtop("run", "sees,bare", "--prompt", "What is a token?")
    assert answered.returncode == ExitCode.DONE, answered.stderr
    assert answered.stdout.count("A **token** is the unit") == 2
    refused = benchtop("run", "hears")
    assert refused.returncode == ExitCode.USAGE
    assert "hears cannot be run: made for speech" in refused.stderr
    checked = benchtop("verify", "hears")
    assert checked.stdout.splitlines()[1].split()[:4] == ["hears@cpu", "yes", "yes", "NO"]
    assert "broken" not in benchtop("models").stdout


def test_providers_are_listed_and_a_build_without_its_own_is_not_ready(tmp_path: Path) -> None:
    listed = benchtop("providers")
    assert (listed.returncode, listed.stdout.splitlines()[1].split()) == (ExitCode.DONE, ["CPU", "always", "here"])
    refused = benchtop("providers", "add", "cuda")
    assert refused.returncode == ExitCode.USAGE
    assert 'the runtime does not offer "cuda" on this machine' in refused.stderr
    assert benchtop("providers", "remove").returncode == ExitCode.USAGE
    folder = tmp_path / "own"
    shutil.copytree(practice_folder("practice-small"), folder)
    settings = json.loads((folder / "genai_config.json").read_text(encoding="utf-8"))
    settings["model"]["decoder"]["session_options"]["provider_options"] = [{"cuda": {}}]
    (folder / "genai_config.json").write_text(json.dumps(settings), encoding="utf-8")
    assert benchtop("register", "own", str(folder)).returncode == ExitCode.DONE
    assert keys("--cached") == {"own@gpu": "no provider"}
    answered = benchtop("run", "own", "--prompt", "hi")
    assert answered.returncode == ExitCode.USAGE
    assert 'it needs CUDA, which has not been added: "benchtop providers add cuda"' in answered.stderr
    checked = benchtop("verify", "own")
    assert checked.stdout.splitlines()[1].split()[:4] == ["own@gpu", "yes", "yes", "NO"]
