"""The catalogue by the real runtime, the cache on the disk, and models of the user's own."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.conditions import at_rest, least, own_clock_s, until
from tests.support.libraries import LARGE, TINY, named, opened, places, until_state
from tests.support.snapshots import write_snapshot
from tests.support.stand_in import Cloud, Offer
from tui import paths
from tui.config import ConfiguredModel
from tui.engines.contract import Completed, Request
from tui.engines.foundry import providers
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.library import inventory
from tui.library.foundry_library import FoundryLibrary
from tui.library.protocol import Library, LibraryError
from tui.practice import PRACTICE_MODELS, practice_folder
from tui.records import Model, ModelPurpose, ModelState
from tui.records.library import Check, DownloadState

pytestmark = pytest.mark.usefixtures("own_home")
BUILDS = (
    Offer(alias="phi", name="phi-cuda-gpu", version=2, device="gpu", provider="CUDAExecutionProvider"),
    Offer(alias="phi", name="phi-generic-gpu", device="gpu", provider="WebGpuExecutionProvider"),
    Offer(alias="phi", name="phi-generic-cpu", version=4, size_bytes=3_000_000_000),
    Offer(alias="hears", name="hears-generic-cpu", task="automatic-speech-recognition", inputs=("audio",)),
    Offer(alias="sees", name="sees-generic-cpu", task="vision-language-chat", inputs=("text", "image")),
    TINY,
)


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead the runtime to an address at which no server listens."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def put_in_cache(offer: Offer = TINY, cache: Path | None = None) -> Path:
    """Write a download as the runtime leaves it."""
    assert offer.folder is not None
    folder = (cache or paths.model_cache_dir()) / "Lab" / f"{offer.name}-{offer.version}"
    shutil.copytree(offer.folder, folder)
    (folder / "inference_model.json").write_text(json.dumps({"Name": offer.model_id}), encoding="utf-8")
    return folder


async def test_every_build_of_every_page_is_listed_with_what_the_catalogue_says(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "WINDOWS", False)
    monkeypatch.setattr(providers, "library_opens", set[str]().__contains__)
    cloud.offers, cloud.behaviour.page = BUILDS, 2
    async with opened() as library:
        assert [model.alias for model in library.listing().models] == list(PRACTICE_MODELS)
        assert library.listing().as_of is None
        listing = await library.refresh()
        assert (listing.problem, cloud.requests["catalog"]) == ("", 3)
        assert listing.as_of is not None
        offered = {model.key: model for model in listing.models if not model.practice}
        assert sorted(offered) == [
            "hears@cpu",
            "phi@cpu",
            "phi@cuda-gpu",
            "phi@generic-gpu",
            "sees@cpu",
            "tiny-chat@cpu",
        ]
        assert next(key for key in offered if key.startswith("phi@")) == "phi@cpu", "the only one that can run here"
        assert offered["phi@cuda-gpu"].note.startswith("it needs CUDA, which has not been added")
        assert offered["phi@cuda-gpu"].execution_provider == "CUDAExecutionProvider"
        hears, sees = offered["hears@cpu"], offered["sees@cpu"]
        assert (hears.purpose, sees.purpose, sees.sees_images) == (ModelPurpose.SPEECH, ModelPurpose.TEXT, True)
        assert hears.note.startswith("made for speech (automatic-speech-recognition): ")
        assert "images too, which are not tried here" in sees.note
        assert offered["phi@cpu"].size_bytes == 3_000_000_000 // 2**20 * 2**20
        tiny = offered["tiny-chat@cpu"]
        assert (tiny.state, tiny.context_tokens, tiny.license) == (ModelState.AVAILABLE, 2048, "apache-2.0")
        assert tiny.capabilities == ("tool-calling",)
        facts = tiny.catalog
        assert facts is not None
        assert (facts.publisher, facts.version, facts.max_output_tokens) == ("Lab", 3, 512)
        assert (facts.created_at, facts.task) == ("2026-01-02T03:04:05+00:00", "chat-completion")
        assert facts.license_url == "https://licences.example/apache-2.0"


async def test_a_second_refresh_really_asks_again(cloud: Cloud) -> None:
    cloud.offers = (TINY,)
    async with opened() as library:
        await library.refresh()
        cloud.offers = (TINY, LARGE)
        listing = await library.refresh()
    assert cloud.requests["catalog"] == 2
    assert "large-chat" in [model.alias for model in listing.models]


@pytest.mark.parametrize("trouble", ["refused", "silent", "nobody"])
async def test_a_catalogue_in_trouble_leaves_the_old_list(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    cloud.offers = (TINY,)
    async with opened(catalogue_s=1.0) as library:
        before = await library.refresh()
        if trouble == "refused":
            cloud.behaviour.status = {"catalog": 503}
        elif trouble == "silent":
            cloud.behaviour.silent = frozenset({"catalog"})
        else:
            offline(monkeypatch)
        after = before

        async def share_of_limits() -> float:
            """Refresh, and return the larger share of two limits: on its time, and on blocking the event loop."""
            nonlocal after
            longest_s, heard_s = 0.0, own_clock_s()
            asking = asyncio.create_task(library.refresh())
            begun_s = heard_s
            while not asking.done():
                await asyncio.sleep(0.005)
                longest_s, heard_s = max(longest_s, own_clock_s() - heard_s), own_clock_s()
            after = asking.result()
            return max((own_clock_s() - begun_s) / 2.0, longest_s / 0.2)

        assert await least(share_of_limits, 1) < 1
        assert after.problem.startswith("the catalogue could not be asked: ")
        assert (after.models, after.as_of) == (before.models, before.as_of)
        cloud.behaviour = type(cloud.behaviour)()


async def test_what_was_downloaded_yesterday_is_listed_and_runs_without_a_network(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.offers = (TINY, LARGE)
    async with opened() as library:
        await library.refresh()
        library.download(named(library, "tiny-chat"))
        await until_state(library, "tiny-chat@cpu", DownloadState.DONE)
    cloud.close()
    offline(monkeypatch)

    async def opening_s() -> float:
        begun_s = time.monotonic()
        async with opened():
            return time.monotonic() - begun_s

    assert await least(at_rest(opening_s), 1) < 1
    async with opened() as library:
        model = named(library, "tiny-chat")
        assert (model.state, named(library, "large-chat").state) == (ModelState.READY, ModelState.AVAILABLE)
        assert library.listing().as_of is not None
    engine = FoundryEngine(model)
    try:
        await engine.load(60)
        async with aclosing(engine.generate(Request(prompt="What is a token?", max_tokens=8), 60)) as parts:
            assert any([isinstance(part, Completed) async for part in parts])
    finally:
        await engine.close()


async def test_without_a_snapshot_the_disk_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    put_in_cache()
    async with opened() as library:
        assert named(library, "tiny-chat").state is ModelState.READY
        assert library.listing().as_of is None


async def test_two_thousand_builds_are_listed_in_a_moment() -> None:
    write_snapshot(2000)
    listing = inventory.list_models(places())
    aliases = ("qwen2.5-0.5b", "gemma-2-2b", "mistral-7b", "phi-4-mini")
    where = places(configured={alias: ConfiguredModel(alias=alias) for alias in aliases})

    async def processor_s() -> float:
        nonlocal listing
        begun_s = time.process_time()
        listing = inventory.list_models(where)
        return time.process_time() - begun_s

    # Time of the processor, since others work here as well; what they cost the caches only adds.
    assert await least(at_rest(processor_s), 0.3) < 0.3
    assert len({model.key for model in listing.models}) == 2000 + len(PRACTICE_MODELS) + len(aliases)


def test_a_record_in_another_form_does_not_hide_the_others() -> None:
    write_snapshot(2)
    file = paths.model_cache_dir() / SNAPSHOT_FILE
    content = json.loads(file.read_text(encoding="utf-8"))
    content["models"][:0] = ["nonsense", {"id": 7}, {"id": "no-alias:1"}]
    file.write_text(json.dumps(content), encoding="utf-8")
    listed = [model.alias for model in inventory.list_models(places()).models if not model.practice]
    assert listed == ["model-0", "model-1"]
    file.write_text('{"models": [', encoding="utf-8")
    assert all(model.practice for model in inventory.list_models(places()).models)


def test_another_applications_cache_is_read_and_its_catalogue_taken(own_home: Path, tmp_path: Path) -> None:
    write_snapshot(1, own_home / ".otherapp" / "cache" / "models")
    put_in_cache(cache=own_home / ".otherapp" / "cache" / "models")
    put_in_cache(LARGE, cache=tmp_path / "named")
    states = {model.alias: model.state for model in inventory.list_models(places(tmp_path / "named")).models}
    assert states["tiny-chat"] is ModelState.READY
    assert states["large-chat"] is ModelState.READY
    assert states["model-0"] is ModelState.AVAILABLE


def test_a_configured_alias_stands_for_a_build_of_the_catalogue() -> None:
    write_snapshot(1)
    file = paths.model_cache_dir() / SNAPSHOT_FILE
    file.write_text(file.read_text(encoding="utf-8").replace('"model-0"', '"mistral-7b-v0.2"'), encoding="utf-8")
    models = inventory.list_models(places(configured={"mistral-7b": ConfiguredModel(alias="mistral-7b")})).models
    (mistral,) = [model for model in models if not model.practice]
    assert (mistral.key, mistral.state) == ("mistral-7b@cpu", ModelState.AVAILABLE)
    assert mistral.catalog is not None
    assert mistral.catalog.alias == "mistral-7b-v0.2"


async def test_removing_frees_the_disk_and_the_model_can_be_had_again(cloud: Cloud) -> None:
    cloud.offers = (TINY,)
    folder = put_in_cache()
    async with opened() as library:
        await library.refresh()
        (cache,) = library.caches
        assert (cache.models, cache.broken) == (1, 0)
        freed = await library.remove(named(library, "tiny-chat"))
        assert freed > 1_000_000
        assert not folder.exists()
        assert not folder.parent.exists()
        assert named(library, "tiny-chat").state is ModelState.AVAILABLE
        assert library.caches[0].models == 0


async def test_what_must_not_be_removed_is_refused_with_the_reason(cloud: Cloud, tmp_path: Path) -> None:
    cloud.offers = (TINY, LARGE)
    cloud.behaviour.stall_after = 2_000_000
    put_in_cache()
    shutil.copytree(practice_folder("practice-small"), tmp_path / "mine")
    async with opened(loaded=lambda: ("tiny-chat@cpu",)) as library:
        await library.refresh()
        library.register("mine", tmp_path / "mine")
        library.download(named(library, "large-chat"))
        await until_state(library, "large-chat@cpu", DownloadState.RUNNING)
        for name, reason in {
            "tiny-chat": "is loaded; unload it first",
            "large-chat": "is being downloaded; cancel that first",
            "practice-small": "it ships with Benchtop",
            "mine": "its files are your own",
        }.items():
            with pytest.raises(LibraryError, match=reason):
                await library.remove(named(library, name))
    assert (tmp_path / "mine" / "model.onnx").is_file()


def cut_weights(folder: Path) -> None:
    with (folder / "model.onnx.data").open("r+b") as file:
        file.truncate(500_000)


def cut_graph(folder: Path) -> None:
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(30_000)


def lose_weights(folder: Path) -> None:
    (folder / "model.onnx.data").unlink()


def make_hole(folder: Path) -> None:
    size = (folder / "model.onnx.data").stat().st_size
    with (folder / "model.onnx.data").open("r+b") as file:
        file.truncate(600_000)
        file.truncate(size)


def spoil_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": ', encoding="utf-8")


def lose_settings(folder: Path) -> None:
    (folder / "genai_config.json").unlink()


DAMAGES = (
    (lose_settings, "there is no genai_config.json in its folder"),
    (cut_weights, "model.onnx.data: ends early"),
    (cut_graph, "model.onnx: broken: it ends early"),
    (lose_weights, "model.onnx.data: missing"),
    (make_hole, "model.onnx.data: parts of it were never written"),
)


@pytest.mark.parametrize(("damage", "words"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
async def test_damage_is_seen_in_the_list_and_repaired(
    cloud: Cloud, damage: Callable[[Path], None], words: str
) -> None:
    cloud.offers = (TINY,)
    damage(put_in_cache())
    async with opened() as library:
        await library.refresh()
        model = named(library, "tiny-chat")
        assert model.state is ModelState.BROKEN
        assert words in model.note
        assert not all(check.ok for check in await library.verify(model))
        assert library.caches[0].broken == 1
        with pytest.raises(LibraryError, match="here but broken"):
            library.download(model)
        await library.repair(model)
        await until_state(library, model.key, DownloadState.DONE)
        await until(lambda: named(library, "tiny-chat").state is ModelState.READY)
        assert all(check.ok for check in await library.verify(named(library, "tiny-chat")))


async def test_verifying_reads_what_the_list_does_not(cloud: Cloud) -> None:
    cloud.offers = (replace(TINY, size_bytes=10_000_000),)
    spoil_tokenizer(put_in_cache())
    async with opened() as library:
        await library.refresh()
        checks = await library.verify(named(library, "tiny-chat"))
        wrong = {check.subject: check.words for check in checks if not check.ok}
        assert set(wrong) == {"tokenizer.json", "size"}
        assert "cannot be read as JSON" in wrong["tokenizer.json"]
        assert "1.18 MiB of the 9.00 MiB that the catalogue tells" in wrong["size"]


def library_here() -> Library:
    return FoundryLibrary(places())


def test_a_folder_of_ones_own_is_registered_and_forgotten(tmp_path: Path) -> None:
    shutil.copytree(practice_folder("practice-small"), tmp_path / "mine")
    library = library_here()
    assert all(check.ok for check in library.inspect(tmp_path / "mine"))
    model = library.register("my-model", tmp_path / "mine", ["chat"])
    assert (model.key, model.state, model.capabilities) == ("my-model", ModelState.READY, ("chat",))
    assert named(library, "my-model") == model == named(library_here(), "my-model")
    with pytest.raises(LibraryError, match="my-model is taken"):
        library.register("my-model", tmp_path / "mine")
    library.unregister("my-model")
    assert [model.alias for model in library.listing().models] == list(PRACTICE_MODELS)
    assert [model.alias for model in library_here().listing().models] == list(PRACTICE_MODELS)
    assert (tmp_path / "mine" / "model.onnx").is_file()
    with pytest.raises(LibraryError, match='no model is registered as "my-model"'):
        library.unregister("my-model")


@pytest.mark.parametrize(
    ("missing", "subject", "words"),
    [
        ("genai_config.json", "settings", "there is no genai_config.json; convert the model first"),
        ("model.onnx", "weights", "its file model.onnx is missing"),
        ("tokenizer.json", "tokenizer", "there is no tokenizer.json"),
        ("tokenizer_config.json", "chat template", "neither chat_template.jinja nor a chat_template"),
    ],
)
def test_what_a_folder_lacks_is_said_in_words(tmp_path: Path, missing: str, subject: str, words: str) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(practice_folder("practice-small"), folder)
    (folder / missing).unlink()
    library = library_here()
    wrong: list[Check] = [check for check in library.inspect(folder) if not check.ok]
    assert [check.subject for check in wrong] == [subject]
    assert words in wrong[0].words
    with pytest.raises(LibraryError, match="is no model that can be run"):
        library.register("mine", folder)


def link_weights(folder: Path) -> None:
    (folder / "model.onnx.data").rename(folder.parent / "real.data")
    (folder / "model.onnx.data").symlink_to(folder.parent / "real.data")


def link_nowhere(folder: Path) -> None:
    lose_weights(folder)
    (folder / "model.onnx.data").symlink_to(folder.parent / "nowhere")


def mark_settings(folder: Path) -> None:
    settings = folder / "genai_config.json"
    settings.write_bytes(b"\xef\xbb\xbf" + settings.read_bytes())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (link_weights, "model.onnx.data: it is a link that leads out of the folder"),
        (link_nowhere, "model.onnx.data: missing; copy it here again"),
        (cut_graph, "model.onnx: broken: it ends early; copy it here again"),
        (spoil_tokenizer, "tokenizer.json: cannot be read as JSON; copy it here again"),
        (mark_settings, "genai_config.json begins with a byte order mark"),
    ],
)
async def test_registering_tells_what_verifying_would_for_a_folder_of_ones_own(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(practice_folder("practice-small"), folder)
    library = library_here()
    model = library.register("mine", folder)
    spoil(folder)
    with pytest.raises(LibraryError, match=re.escape(words)):
        library_here().register("again", folder)
    wrong = [f"{check.subject}: {check.words}" for check in await library.verify(model) if not check.ok]
    assert spoil is mark_settings or any(words in told for told in wrong)
    assert "download" not in " ".join(wrong)
    state = named(library_here(), "mine").state
    assert state is (ModelState.READY if spoil in (spoil_tokenizer, mark_settings) else ModelState.BROKEN)


def test_links_of_a_whole_model_and_weights_in_a_folder_below_are_registered(tmp_path: Path) -> None:
    blobs, snapshot, deep = (tmp_path / name for name in ("blobs", "snapshot", "deep"))
    shutil.copytree(practice_folder("practice-small"), blobs)
    snapshot.mkdir()
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(file)
    shutil.copytree(blobs, deep)
    (deep / "decoder").mkdir()
    for name in ("model.onnx", "model.onnx.data"):
        (deep / name).rename(deep / "decoder" / name)
    settings = deep / "genai_config.json"
    settings.write_text(settings.read_text("utf-8").replace('"model.onnx"', '"decoder/model.onnx"'), "utf-8")
    library = library_here()
    assert library.register("linked", snapshot).state is ModelState.READY
    assert library.register("deep", deep).state is ModelState.READY


def test_names_and_folders_that_cannot_be_are_refused(tmp_path: Path) -> None:
    library = library_here()
    for name in ("two words", "a@b", ""):
        with pytest.raises(LibraryError, match="cannot be a name"):
            library.register(name, practice_folder("practice-small"))
    with pytest.raises(LibraryError, match="there is no folder"):
        library.register("gone", tmp_path / "gone")
    paths.registrations_file().parent.mkdir(parents=True)
    paths.registrations_file().write_text("[", encoding="utf-8")
    with pytest.raises(LibraryError, match="cannot be read"):
        library.register("mine", practice_folder("practice-small"))


async def test_the_cpu_is_always_an_execution_provider() -> None:
    async with opened() as library:
        first, *_ = await library.providers()
        assert (first.name, first.registered) == ("CPUExecutionProvider", True)
        with pytest.raises(LibraryError, match="NoSuchExecutionProvider could not be added"):
            await library.add_provider("NoSuchExecutionProvider", lambda _share: None)


async def test_changes_are_told_at_most_four_times_a_second(cloud: Cloud) -> None:
    cloud.offers = (LARGE,)
    cloud.behaviour.rate_bytes_s = LARGE.filler_bytes
    async with opened() as library:
        await library.refresh()
        changed_at_s: list[float] = []
        library.on_change(lambda: changed_at_s.append(time.monotonic()))
        library.download(named(library, "large-chat"))
        await until_state(library, "large-chat@cpu", DownloadState.DONE)
        gaps = [after - before for before, after in itertools.pairwise(changed_at_s)]
        assert min(gaps) > 0.2
        assert all(isinstance(model, Model) for model in library.listing().models)
