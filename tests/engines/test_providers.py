"""Execution providers: which model needs one, what a child registers, and the words for each failure."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.support.follower import Follower, plan_of
from tests.support.processes import extension_library
from tui import paths
from tui.bench.model_pool import ModelPool
from tui.engines.contract import EngineDied
from tui.engines.foundry import provider_log, providers
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.foundry.provider_registration import Registration, register_added
from tui.library.protocol import LibraryError
from tui.library.runtime import execution_providers
from tui.library.runtime.execution_providers import on_device
from tui.measure.timing.summary import summarize
from tui.practice import practice_folder
from tui.records import OTHER_PROVIDER, Model, ModelState
from tui.reports.sections.results import result_notes

CUDA, CPU, WEBGPU = "CUDAExecutionProvider", "CPUExecutionProvider", "WebGpuExecutionProvider"
CRASHING = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
NOT_REGISTERED = "model 'x:1' requires {} which is not registered. Call DownloadAndRegisterEps() first."

pytestmark = [
    pytest.mark.usefixtures("own_home"),
    pytest.mark.skipif(sys.platform != "linux", reason="what the runtime offers differs by system"),
]


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in providers.LIBRARY_VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


class Refused(Exception):
    """What the runtime raises when its download is cancelled."""


@dataclass
class Offered:
    name: str


@dataclass
class Result:
    success: bool


@dataclass
class Runtime:
    """A runtime that offers CUDA, and reports these shares while it registers it."""

    shares: Sequence[float] = (90.0, 100.0)
    success: bool = True
    asked: list[str] = field(default_factory=list[str])

    def discover_eps(self) -> list[Offered]:
        return [Offered(CUDA)]

    def download_and_register_eps(self, names: list[str], progress_callback: Callable[[str, float], None]) -> Result:
        self.asked += names
        for share in self.shares:
            try:
                progress_callback("CUDA EP", share)
            except Exception as error:
                raise Refused("EP download cancelled by user") from error
        return Result(self.success)


def add_cuda(*, files: bool = True) -> None:
    providers.note_added(CUDA)
    if files:
        active = paths.runtime_dir() / "ep" / "cuda-ep" / "active"
        active.parent.mkdir(parents=True)
        active.write_text("bundle", encoding="utf-8")


@pytest.mark.parametrize(
    ("model_id", "settings", "needed", "any_gpu"),
    [
        ("phi-generic-cpu:3", CPU, None, False),
        ("phi-cuda-gpu:3", CUDA, CUDA, False),
        ("phi-cuda-gpu:3", CPU, CUDA, False),
        ("phi-generic-gpu:3", CPU, None, True),
        ("phi-generic-gpu:3", WEBGPU, WEBGPU, True),
        ("phi-openvino-npu:1", CPU, "OpenVINOExecutionProvider", False),
        ("phi-qnn-npu:1", None, "QNNExecutionProvider", False),
        ("own", WEBGPU, WEBGPU, False),
        (None, None, None, False),
    ],
)
def test_the_needed_provider_comes_from_the_settings_and_from_the_id(
    model_id: str | None, settings: str | None, needed: str | None, any_gpu: bool
) -> None:
    model = Model(alias="phi", model_id=model_id, execution_provider=settings)
    assert (providers.needed_provider(model), providers.takes_any_gpu(model)) == (needed, any_gpu)
    assert providers.runs_as_made(model, CPU) is (needed is None and not any_gpu)


def test_a_model_without_its_provider_says_which_one_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = Model(alias="phi", model_id="phi-cuda-gpu:1")
    assert providers.lacking_provider(cuda) == (
        'it needs CUDA, which has not been added: "benchtop providers add cuda"'
    )
    npu = Model(alias="phi", model_id="phi-qnn-npu:1")
    assert providers.lacking_provider(npu) == "it needs QNN, which Foundry Local offers on Windows only"
    generic = Model(alias="phi", model_id="phi-generic-gpu:1", execution_provider=CPU)
    assert providers.lacking_provider(generic) is None
    assert "runs on the CPU" in providers.note_on_device(generic)
    add_cuda()
    assert providers.lacking_provider(cuda) is None
    assert providers.note_on_device(generic) == ""
    monkeypatch.setattr(providers, "runtime_versions", lambda: "onnxruntime 2.0, onnxruntime-genai 1.0")
    outdated = providers.lacking_provider(cuda) or ""
    assert outdated.startswith("it needs CUDA, which was added for another version of the runtime (onnxruntime ")
    assert outdated.endswith('add it again, "benchtop providers add cuda"')


def test_a_build_is_for_another_machine_if_its_provider_cannot_be_added_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "WINDOWS", False)
    monkeypatch.setattr(providers, "LINUX", True)
    drivers: set[str] = set()
    monkeypatch.setattr(providers, "library_opens", drivers.__contains__)
    cpu = Model(alias="phi", model_id="phi-generic-cpu:1", execution_provider=CPU)
    cuda = Model(alias="phi", model_id="phi-cuda-gpu:1", execution_provider=CUDA)
    generic = Model(alias="phi", model_id="phi-generic-gpu:1", execution_provider=WEBGPU)
    npu = Model(alias="phi", model_id="phi-qnn-npu:1")
    nonsense = Model(alias="phi", execution_provider="nonsense")
    assert "does not have on this system; correct provider_options" in (providers.lacking_provider(nonsense) or "")
    assert [providers.can_never_run(each) for each in (cpu, cuda, generic, npu)] == [False, True, True, True]
    assert providers.lacking_provider(generic) == "it needs WebGpu, which Foundry Local does not offer on Linux"
    drivers.add("libnvidia-ml.so.1")
    assert [providers.can_never_run(each) for each in (cpu, cuda, generic, npu)] == [False, False, False, True]
    assert "providers add cuda" in (providers.lacking_provider(generic) or ""), "it runs with CUDA too"
    add_cuda()
    assert providers.lacking_provider(generic) is None


def test_what_was_added_is_registered_and_nothing_is_ever_downloaded() -> None:
    runtime = Runtime()
    assert register_added(runtime, Refused) == Registration(absent=(CUDA,))
    assert runtime.asked == []
    add_cuda(files=False)
    assert register_added(runtime, Refused) == Registration(absent=(CUDA,))
    assert runtime.asked == []
    add_cuda()
    assert register_added(runtime, Refused) == Registration(registered=(CUDA,))
    assert register_added(Runtime(shares=(0.5, 90.0, 100.0)), Refused) == Registration(absent=(CUDA,))
    assert register_added(Runtime(success=False), Refused) == Registration(failed=(CUDA,))
    assert providers.remove_added(CUDA)
    assert not (paths.runtime_dir() / "ep" / "cuda-ep").exists()
    assert not providers.remove_added(CUDA)


def test_a_library_that_a_variable_names_needs_no_adding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "libonnxruntime_providers_webgpu.so"
    monkeypatch.setenv("FOUNDRY_LOCAL_CUDA_EP_LIBRARY", str(library))
    absent = f"it needs WebGpu, whose library {library}, which an environment variable names, is not there"
    assert providers.lacking_provider(Model(alias="phi", execution_provider=WEBGPU)) == absent
    library.write_bytes(b"")
    assert (providers.problem_of(WEBGPU) or "").endswith(", which an environment variable names, is empty")
    assert register_added(Runtime(), Refused) == Registration(absent=(CUDA,)), "opening it could end the process"
    cuda, webgpu = execution_providers.listed([CPU, CUDA])[1:]
    assert cuda.note == f"its environment variable FOUNDRY_LOCAL_CUDA_EP_LIBRARY names another library, {library}"
    assert (webgpu.registered, webgpu.note) == (
        False,
        f"its library is {library}, named by an environment variable, and is empty",
    )
    shutil.copy(extension_library(), library)
    assert register_added(Runtime(), Refused) == Registration(registered=(CUDA,))
    assert providers.problem_of(WEBGPU) is None
    assert providers.problem_of(CUDA) is not None
    assert [each.registered for each in execution_providers.listed([CUDA])] == [True, False, True]
    assert [each.name for each in execution_providers.listed([])] == [CPU], "the runtime reads no variable of CUDA"
    with pytest.raises(LibraryError, match=r"not downloaded while the environment variable FOUNDRY_LOCAL_CUDA_EP_LI"):
        execution_providers.check_addable(CUDA)
    monkeypatch.delenv("FOUNDRY_LOCAL_CUDA_EP_LIBRARY")
    execution_providers.check_addable(CUDA)


async def test_a_crash_in_the_code_of_a_provider_names_the_provider(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def reason(model_id: str) -> str:
        model = Model(alias="tiny", model_id=model_id, folder=practice_folder("practice-small"))
        with pytest.raises(EngineDied) as died:
            await FoundryEngine(model, [sys.executable, "-c", CRASHING]).load(60)
        return died.value.cause.reason

    assert await reason("tiny-generic-cpu:1") == "SIGSEGV"
    added = "SIGSEGV while it was loaded with CUDA; its files or the driver of the device may be damaged: "
    assert await reason("tiny-cuda-gpu:1") == f'{added}"benchtop providers remove cuda", then "add"'
    library = tmp_path / "libonnxruntime_providers_cuda.so"
    monkeypatch.setenv("FOUNDRY_LOCAL_CUDA_EP_LIBRARY", str(library))
    named = f"SIGSEGV while it was loaded with CUDA; its library {library} may be damaged or made for another version "
    assert await reason("tiny-cuda-gpu:1") == f"{named}of the runtime"


def test_each_way_to_fail_has_words_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "foundry_local.log").write_text(
        "[warning] CUDA EP: failed to load '/x/libgenai-cuda.so' (libcublasLt.so.13: cannot open)\n"
        "[warning] Failed to download or register EP: CUDAExecutionProvider\n",
        encoding="utf-8",
    )
    refusal = NOT_REGISTERED.format(CUDA)
    add = '"benchtop providers add cuda"'
    assert Registration().reason_for("out of memory", CUDA, tmp_path) is None
    assert Registration().reason_for(refusal, None, tmp_path) == f"it needs CUDA, which has not been added: {add}"
    add_cuda()
    said = {
        name: registration.reason_for(refusal, CUDA, tmp_path)
        for name, registration in {
            "failed": Registration(failed=(CUDA,)),
            "absent": Registration(absent=(CUDA,)),
            "no device": Registration(registered=(CUDA,)),
            "not offered": Registration(),
        }.items()
    }
    assert said == {
        "failed": "it needs CUDA, which does not start here: failed to load '/x/libgenai-cuda.so' "
        "(libcublasLt.so.13: cannot open)",
        "absent": f"it needs CUDA, whose files are missing, damaged or of another version: add it again, {add}",
        "no device": "it needs CUDA, which is here but finds no device of its kind",
        "not offered": "it needs CUDA, which the runtime does not offer on this machine",
    }
    (tmp_path / "later.log").write_text("[warning] CUDA EP: download failed for artifact 'cuda-ep'\n", encoding="utf-8")
    damaged = Registration(failed=(CUDA,)).reason_for(refusal, CUDA, tmp_path)
    assert damaged == f"it needs CUDA, whose files are missing, damaged or of another version: add it again, {add}"
    adapters = Registration().reason_for("Failed to get a WebGPU adapter: No supported adapters", WEBGPU, tmp_path)
    assert adapters == "it needs WebGpu, which finds no graphics card that it can use: install a Vulkan driver for it"


def test_the_log_tells_what_ran_and_why_a_provider_was_not_added(tmp_path: Path) -> None:
    assert provider_log.provider_that_ran(tmp_path) is None
    assert provider_log.last_warning(tmp_path) == "the runtime does not say why"
    (tmp_path / "foundry_local.log").write_text(
        "[debug] [Telemetry] Action AppName=benchtop Action=SessionCreate\n"
        "[debug] [Telemetry] Model AppName=benchtop ModelId=x:1 EP=WebGpuExecutionProvider Stream=true\n"
        "[warning] HTTP download failed for https://packages.example/cuda.zip: Could not resolve hostname.\n"
        "[warning] CUDA EP: download failed for artifact 'cuda-ep'\n",
        encoding="utf-8",
    )
    assert provider_log.provider_that_ran(tmp_path) == WEBGPU
    assert provider_log.last_warning(tmp_path) == "download failed for artifact 'cuda-ep'"
    failed = "[warning] EP registration: RegisterExecutionProviderLibrary failed for 'CUDAExecutionProvider': "
    summary = "[warning] CUDA EP: ORT registration failed for override FOUNDRY_LOCAL_CUDA_EP_LIBRARY=/x/lib.so\n"
    for number, (cause, words) in enumerate(
        (
            (
                "Failed to load library /x/lib.so with error: /x/lib.so: invalid ELF header",
                "its library /x/lib.so cannot be opened: invalid ELF header",
            ),
            (
                "Failed to load library /x/lib.so with error: libdawn.so.2: cannot open shared object file",
                "its library /x/lib.so cannot be opened: libdawn.so.2: cannot open shared object file",
            ),
            (
                "Failed to get symbol CreateEpFactories with error: /x/lib.so: undefined symbol: CreateEpFactories",
                "/x/lib.so is no library of an execution provider",
            ),
            ("The requested API version [99] is not available", "The requested API version [99] is not available"),
        )
    ):
        (tmp_path / f"later{number}.log").write_text(f"{failed}{cause}\n{summary}", encoding="utf-8")
        assert provider_log.last_warning(tmp_path) == words


async def test_one_run_tells_of_each_build_what_it_ran_with_or_why_it_could_not() -> None:
    folder = practice_folder("practice-small")
    generic = Model(alias="tiny", model_id="tiny-generic-gpu:1", folder=folder, state=ModelState.READY)
    absent = Model(alias="absent", model_id="tiny-cuda-gpu:1", folder=folder, state=ModelState.READY)
    cuda = Model(
        alias="tiny", variant="gpu", model_id="tiny-cuda-gpu:1", folder=folder, execution_provider=CUDA,
        state=ModelState.NO_PROVIDER,
    )  # fmt: skip
    on_cpu = on_device(cuda, "cpu")
    assert (on_cpu.key, on_cpu.state) == ("tiny@gpu-on-cpu", ModelState.READY)
    with pytest.raises(LibraryError, match="cannot be run on the gpu: it needs CUDA, which has not been added"):
        on_device(cuda, "gpu")
    run = await Follower(plan_of(generic, absent, on_cpu, warmup=0), ModelPool(FoundryEngine)).follow()
    ran = {(sample.key, sample.execution_provider, OTHER_PROVIDER in sample.flags) for sample in run.samples}
    assert ran == {("tiny", CPU, True), ("tiny@gpu-on-cpu", CPU, False)}, "a person has chosen the second"
    loads = {load.key: load for load in run.loads}
    assert loads["tiny"].provider_ns is not None
    assert sys.platform != "linux" or (loads["tiny@gpu-on-cpu"].threads or 0) >= 1, "as many as the load has added"
    notes = [note for note in result_notes(run, summarize(run)) if "ran with" in note]
    assert notes == [
        "`tiny` ran with CPU, which is not what its build is made for: its numbers are those of that provider."
    ]
    verdict = loads["absent"].verdict
    assert verdict is not None
    assert verdict.reason == 'it needs CUDA, which has not been added: "benchtop providers add cuda"'
    assert not any(line.startswith(("[debug]", "[info]")) for line in verdict.stderr_tail)


def test_a_build_is_run_on_another_device_if_that_has_its_provider() -> None:
    cuda = Model(alias="tiny", variant="gpu", model_id="tiny-cuda-gpu:1", folder=Path(), execution_provider=CUDA)
    add_cuda()
    assert on_device(cuda, "gpu").key == "tiny@gpu"
    plain = Model(alias="plain", model_id="plain:1", folder=Path(), state=ModelState.READY)
    assert on_device(plain, "cpu") == replace(plain, execution_provider=plain.execution_provider)
    assert (on_device(plain, "gpu").key, on_device(plain, "gpu").run_on) == ("plain@on-gpu", "gpu")
