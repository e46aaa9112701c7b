"""A library that a test moves on by hand, without a network, a child or a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.support.builders import MIB
from tui.library.protocol import LibraryError
from tui.library.runnable_models import Configured
from tui.records import CatalogueFacts, Endpoint, Fit, FitForecast, MemoryForecast, Model, ModelState
from tui.records.library import Cache, Check, Download, DownloadState, ExecutionProvider, Listing, LocalServer

GIB: Final = 1024 * MIB
AS_OF: Final = "2026-11-22T15:20:00+00:00"
CACHE: Final = Path("/models")
_PROVIDERS: Final = {"cpu": "CPUExecutionProvider", "gpu": "CUDAExecutionProvider", "npu": "QNNExecutionProvider"}
_LICENSES: Final = {
    "mit": "https://opensource.example/licenses/mit",
    "apache-2.0": "https://www.apache.example/licenses/LICENSE-2.0",
    "gemma": "https://ai.gemma.example/terms",
    "llama3.2": "https://llama.example/llama3_2/license",
}
_SHELF: Final = (
    # alias, publisher, licence, GiB on the CPU, context, capabilities, devices, version
    ("deepseek-r1-1.5b", "DeepSeek", "mit", 1.78, 131072, "reasoning", "cpu gpu npu", 3),
    ("deepseek-r1-7b", "DeepSeek", "mit", 6.43, 131072, "reasoning", "cpu gpu npu", 3),
    ("deepseek-r1-14b", "DeepSeek", "mit", 11.5, 131072, "reasoning", "cpu gpu", 3),
    ("gemma-2-2b", "Google", "gemma", 1.86, 8192, "", "cpu gpu", 1),
    ("gemma-3-4b", "Google", "gemma", 3.31, 131072, "vision", "cpu gpu", 2),
    ("gpt-oss-20b", "OpenAI", "apache-2.0", 12.3, 131072, "reasoning tool-calling", "cpu gpu", 1),
    ("llama-3.2-1b", "Meta", "llama3.2", 1.31, 131072, "tool-calling", "cpu gpu", 2),
    ("llama-3.2-3b", "Meta", "llama3.2", 2.72, 131072, "tool-calling", "cpu gpu", 2),
    ("mistral-7b-v0.2", "Mistral AI", "apache-2.0", 4.07, 32768, "", "cpu gpu npu", 2),
    ("mistral-nemo-12b", "Mistral AI", "apache-2.0", 7.92, 131072, "tool-calling", "gpu", 1),
    ("olmo-2-1b", "Ai2", "apache-2.0", 1.02, 4096, "", "cpu", 1),
    ("phi-3.5-mini", "Microsoft", "mit", 2.53, 131072, "", "cpu gpu npu", 4),
    ("phi-4", "Microsoft", "mit", 10.2, 16384, "", "cpu gpu", 2),
    ("phi-4-mini", "Microsoft", "mit", 4.80, 131072, "tool-calling", "cpu gpu npu", 5),
    ("phi-4-mini-reasoning", "Microsoft", "mit", 4.52, 131072, "reasoning", "cpu gpu npu", 3),
    ("qwen2.5-0.5b", "Alibaba", "apache-2.0", 0.80, 32768, "tool-calling", "cpu gpu npu", 4),
    ("qwen2.5-1.5b", "Alibaba", "apache-2.0", 1.78, 32768, "tool-calling", "cpu gpu npu", 4),
    ("qwen2.5-7b", "Alibaba", "apache-2.0", 6.16, 131072, "tool-calling", "cpu gpu npu", 4),
    ("qwen2.5-14b", "Alibaba", "apache-2.0", 11.1, 131072, "tool-calling", "cpu gpu", 4),
    ("qwen2.5-coder-0.5b", "Alibaba", "apache-2.0", 0.80, 32768, "tool-calling", "cpu gpu", 4),
    ("qwen2.5-coder-7b", "Alibaba", "apache-2.0", 6.16, 131072, "tool-calling", "cpu gpu", 4),
    ("smollm3-3b", "Hugging Face", "apache-2.0", 2.31, 65536, "reasoning tool-calling", "cpu gpu", 1),
    ("whisper-tiny", "OpenAI", "apache-2.0", 0.10, 448, "transcription", "cpu", 1),
)


def catalogue_model(
    alias: str = "phi-4-mini",
    variant: str = "cpu",
    *,
    publisher: str = "Microsoft",
    license_name: str = "mit",
    download_bytes: int = 4 * GIB,
    context_tokens: int = 131072,
    capabilities: Sequence[str] = (),
    version: int = 1,
) -> Model:
    """Return a build that the public catalogue offers."""
    name = f"{alias}-instruct-{_PROVIDERS[variant].removesuffix('ExecutionProvider').lower()}-{variant}"
    return Model(
        alias=alias,
        variant=variant,
        model_id=f"{name}:{version}",
        state=ModelState.AVAILABLE,
        size_bytes=download_bytes,
        context_tokens=context_tokens,
        execution_provider=_PROVIDERS[variant],
        license=license_name,
        capabilities=tuple(capabilities),
        catalog=CatalogueFacts(
            display_name=name,
            publisher=publisher,
            version=version,
            created_at="2026-09-14T08:30:00Z",
            task="chat-completion",
            download_bytes=download_bytes,
            max_output_tokens=4096,
            license_description=f"This model is provided under the {license_name} licence.",
            license_url=_LICENSES.get(license_name),
            model_type="ONNX",
            inputs=("text", "image") if "vision" in capabilities else ("text",),
            outputs=("text",),
            uri=f"azureml://registries/azureml/models/{name}/versions/{version}",
        ),
    )


def here(model: Model, state: ModelState = ModelState.READY, note: str = "") -> Model:
    """Return the model as it is once its files are on this machine."""
    return replace(model, state=state, folder=CACHE / (model.model_id or model.alias).replace(":", "-"), note=note)


def catalogue() -> tuple[Model, ...]:
    """Return a plausible catalogue of which a person has some models, a practice model, and a model of their own."""
    models: dict[str, Model] = {}
    for alias, publisher, license_name, size_gib, context, capabilities, devices, version in _SHELF:
        for index, variant in enumerate(devices.split()):
            model = catalogue_model(
                alias,
                variant,
                publisher=publisher,
                license_name=license_name,
                download_bytes=round(size_gib * GIB * (1 - 0.06 * index)),
                context_tokens=context if variant != "npu" else min(context, 4096),
                capabilities=capabilities.split(),
                version=version,
            )
            models[model.key] = model
    for key in ("qwen2.5-0.5b@cpu", "phi-3.5-mini@cpu", "qwen2.5-1.5b@cpu", "qwen2.5-0.5b@gpu"):
        models[key] = here(models[key])
    broken = "model.onnx.data has 1.21 GiB of 1.31 GiB: v looks at it, and repairs it"
    models["llama-3.2-1b@cpu"] = here(models["llama-3.2-1b@cpu"], ModelState.BROKEN, broken)
    models["gemma-2-2b@cpu"] = replace(
        here(models["gemma-2-2b@cpu"], ModelState.PARTIAL, "half of it is here: d goes on"), size_bytes=930 * MIB
    )
    own = Model(
        alias="support-bot-1b",
        state=ModelState.READY,
        folder=Path("/home/ada/models/support-bot-1b"),
        size_bytes=round(1.12 * GIB),
        context_tokens=8192,
        execution_provider=_PROVIDERS["cpu"],
        capabilities=("tool-calling",),
        registered=True,
        note="registered from a folder of your own",
    )
    practice = Model(
        alias="practice-small",
        state=ModelState.READY,
        folder=Path("/opt/benchtop/practice-small"),
        size_bytes=round(1.21 * MIB),
        context_tokens=2048,
        execution_provider=_PROVIDERS["cpu"],
        license="MIT",
        practice=True,
        note="a practice model that ships with Benchtop: small, quick, knows only a few subjects",
    )
    return (practice, *models.values(), own)


def many(count: int) -> tuple[Model, ...]:
    """Return ``count`` builds of a large catalogue, three for each alias."""
    licenses, abilities = tuple(_LICENSES), ("tool-calling", "vision", "reasoning")
    return tuple(
        catalogue_model(
            f"family{index // 3 % 40}-model-{index // 3}",
            ("cpu", "gpu", "npu")[index % 3],
            publisher=f"Publisher {index % 17}",
            license_name=licenses[index // 4 % len(licenses)],
            download_bytes=(index * 37 % 9000 + 100) * MIB,
            capabilities=abilities[: index % 4],
            version=index % 7 + 1,
        )
        for index in range(count)
    )


def fit_of(model: Model) -> FitForecast:
    """Forecast how the model fits into the memory of a machine with 16 GiB."""
    needed = (model.size_bytes or 0) * 1.5 + (model.context_tokens or 0) * 40_000
    fit = Fit.FITS if needed < 8 * GIB else Fit.TIGHT if needed < 13 * GIB else Fit.WILL_NOT_FIT
    memory = MemoryForecast(weights_bytes=0, factor=1.0, cache_bytes=0, base_bytes=0, layers_bytes=0, context_tokens=0)
    smaller = 8192 if fit is Fit.WILL_NOT_FIT and needed < 20 * GIB else None
    return FitForecast(forecast=memory, available_bytes=13 * GIB, fit=fit, context_that_fits=smaller)


class ScriptedLibrary:
    """A library that keeps models and downloads in memory; tests change their states by hand."""

    def __init__(self, models: Sequence[Model], *, as_of: str | None = AS_OF, problem: str = "") -> None:
        self._models = {model.key: model for model in models}
        self._listing = Listing(models=tuple(models), as_of=as_of, problem=problem)
        self._downloads: dict[str, Download] = {}
        self._tellers: list[Callable[[], None]] = []
        self.answer = asyncio.Event()
        """While it is not set, a refresh hangs."""
        self.answer.set()
        self.after_refresh: Listing | None = None
        """The listing that the next refresh returns; ``None`` for the list as it is."""
        self.refreshes = 0
        self.checks: tuple[Check, ...] = (Check(subject="genai_config.json", ok=True, words="1.4 KiB"),)
        self.refusal = ""
        """The reason for which the next request is refused; an empty one grants it."""
        self.calls: list[tuple[str, ...]] = []
        self.added: list[Endpoint] = []
        """The servers that were added."""
        self.servers_here: tuple[LocalServer, ...] = ()
        """The servers that are found on this machine."""
        self.eps = [ExecutionProvider(name=name, registered=name.startswith("CPU")) for name in _PROVIDERS.values()]
        self.started = self.closed = False

    def listing(self) -> Listing:
        return self._listing

    def start(self) -> None:
        self.started = True

    async def repair(self, model: Model) -> Download:
        await self.remove(model)
        return self.download(self._models[model.key])

    def add_endpoints(self, endpoints: Sequence[Endpoint]) -> None:
        """Accept servers, which this library does not list."""
        self.added += endpoints

    async def local_servers(self) -> tuple[LocalServer, ...]:
        return self.servers_here

    def reconfigure(self, configured: Mapping[str, Configured]) -> None:
        """Accept configured models, which this library does not list."""

    async def refresh(self) -> Listing:
        self.refreshes += 1
        await self.answer.wait()
        if self.after_refresh is not None:
            self._listing = self.after_refresh
            self._models = {model.key: model for model in self._listing.models}
        return self._listing

    @property
    def caches(self) -> tuple[Cache, ...]:
        ready = [model for model in self._models.values() if model.state is ModelState.READY]
        return (Cache(folder=CACHE, models=len(ready), disk_bytes=sum(model.size_bytes or 0 for model in ready)),)

    @property
    def downloads(self) -> tuple[Download, ...]:
        return tuple(self._downloads.values())

    def on_change(self, callback: Callable[[], None]) -> None:
        self._tellers.append(callback)

    def tell(self) -> None:
        """Call the functions that wait for a change; a real library does so at most four times a second."""
        for tell in self._tellers:
            tell()

    def put(self, *models: Model) -> None:
        """List these models, or change how they are listed."""
        self._models.update({model.key: model for model in models})
        self._listing = replace(self._listing, models=tuple(self._models.values()))
        self.tell()

    def take_away(self, key: str) -> None:
        """No longer list a model."""
        del self._models[key]
        self._listing = replace(self._listing, models=tuple(self._models.values()))
        self.tell()

    def move(
        self,
        key: str,
        share: float,
        *,
        state: DownloadState = DownloadState.RUNNING,
        rate_bytes_s: float | None = None,
        note: str = "",
        at: str | None = None,
    ) -> None:
        """Bring a download to this share of its bytes and this state."""
        model = self._models[key]
        total = model.catalog.download_bytes if model.catalog else model.size_bytes
        done = round((total or 0) * share)
        self._downloads[key] = Download(
            key=key,
            model_id=model.model_id or key,
            state=state,
            total_bytes=total,
            done_bytes=done,
            rate_bytes_s=rate_bytes_s,
            left_s=((total or 0) - done) / rate_bytes_s if rate_bytes_s else None,
            starts_at=at,
            note=note,
        )
        if state is DownloadState.DONE:
            self._models[key] = here(model)
            self._listing = replace(self._listing, models=tuple(self._models.values()))
        self.tell()

    def download(self, model: Model, *, at: str | None = None) -> Download:
        self._ask("download", model.key, *([at] if at else []))
        self._downloads.pop(model.key, None)
        self.move(model.key, 0.0, state=DownloadState.WAITING, at=at)
        return self._downloads[model.key]

    def pause(self, key: str) -> None:
        self._ask("pause", key)
        self._set_state(key, DownloadState.PAUSED)

    def resume(self, key: str) -> None:
        self._ask("resume", key)
        self._set_state(key, DownloadState.RUNNING)

    async def cancel(self, key: str) -> None:
        self._ask("cancel", key)
        self._set_state(key, DownloadState.CANCELLED)

    async def remove(self, model: Model) -> int:
        self._ask("remove", model.key)
        self._models[model.key] = replace(model, state=ModelState.AVAILABLE, folder=None, note="")
        self._listing = replace(self._listing, models=tuple(self._models.values()))
        self.tell()
        return model.size_bytes or 0

    async def verify(self, model: Model) -> tuple[Check, ...]:
        self._ask("verify", model.key)
        await self.answer.wait()
        return self.checks

    def inspect(self, folder: Path) -> tuple[Check, ...]:
        there = folder.is_dir()
        words = "" if there else f"{folder} does not exist"
        return (
            Check(subject="folder", ok=there, words=words),
            Check(
                subject="genai_config.json",
                ok=(folder / "genai_config.json").is_file(),
                words="is missing: the model builder writes it",
            ),
        )

    def register(self, name: str, folder: Path, capabilities: Sequence[str] = ()) -> Model:
        self._ask("register", name, str(folder), *capabilities)
        if not all(check.ok for check in self.inspect(folder)):
            raise LibraryError("The folder is no model: genai_config.json is missing.")
        model = Model(
            alias=name,
            folder=folder,
            state=ModelState.READY,
            size_bytes=MIB,
            capabilities=tuple(capabilities),
            registered=True,
        )
        self.put(model)
        return model

    def unregister(self, name: str) -> None:
        self._ask("unregister", name)
        self.take_away(name)

    async def providers(self) -> tuple[ExecutionProvider, ...]:
        return tuple(self.eps)

    async def add_provider(self, name: str, progress: Callable[[float], None], *, force: bool = False) -> None:  # noqa: ARG002
        self._ask("add", name)
        progress(0.5)
        await self.answer.wait()
        self.eps = [replace(provider, registered=provider.registered or provider.name == name) for provider in self.eps]

    async def remove_provider(self, name: str) -> None:
        self._ask("remove-provider", name)
        self.eps = [replace(provider, registered=False) if provider.name == name else provider for provider in self.eps]

    async def close(self) -> None:
        self.closed = True

    def _ask(self, *call: str) -> None:
        self.calls.append(call)
        if self.refusal:
            raise LibraryError(self.refusal)

    def _set_state(self, key: str, state: DownloadState) -> None:
        self._downloads[key] = replace(self._downloads[key], state=state, rate_bytes_s=None, left_s=None)
        self.tell()
