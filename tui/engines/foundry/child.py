"""The work of the child process of Foundry Local, and the only importer of the SDK.

The process serves one model, or does one job: read the catalogue, download a model, add an execution provider. It is
started by ``child_main``.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter_ns, sleep
from typing import Final

import msgspec
from foundry_local_sdk import (
    CatalogType,
    ChatSession,
    Configuration,
    FoundryLocalException,
    FoundryLocalManager,
    IModel,
    MessageItem,
    ModelInfoBuilder,
    RequestOptions,
    SearchOptions,
    TextItem,
)
from foundry_local_sdk import Request as RuntimeRequest
from foundry_local_sdk.items import TextItemType
from foundry_local_sdk.logging_helper import LogLevel

from tui import paths
from tui.engines.contract import Completed, Form, Loaded, Request, finish_reason_of
from tui.engines.foundry import provider_log, provider_registration
from tui.engines.foundry.model_files import CONFIG_FILE, member_of, read_bytes, read_json
from tui.engines.foundry.model_settings import threads_of
from tui.engines.foundry.provider_registration import Registration, register_added
from tui.engines.process import wire
from tui.engines.process.child_side import Inbox, Outbox, send_answer
from tui.engines.reasoning import template_opens_reasoning
from tui.probes import own
from tui.records import Timeline

DOWNLOAD_THREADS: Final = "4"
"""The runtime fetches this many chunks of a file side by side; with its own 64 no chunk is complete for a long time."""
FORM_WORDS: Final = ("guidance", "grammar")
"""The runtime's refusal of a form has one of these words."""
_RELEASE_LIMIT_S: Final = 0.1
_RELEASE_STEP_S: Final = 0.001
_LOOKS_FOR_PROVIDER: Final = 3
"""After how many answers the log is searched at most for the provider that ran them."""
_NO_SERVICE: Final = "http://127.0.0.1:9"
"""Any external service makes the runtime take the catalogue from its snapshot; the address is never called."""


class FoundryChild:
    """One model in this process, or one job of the runtime."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._runtime: FoundryLocalManager | None = None
        self._model: IModel | None = None
        self._thinks_first = False
        """Whether an answer of this model begins inside its reasoning."""
        self._holds_forms = True
        """Whether the runtime can hold the answers of this model to a form."""
        self._text_sent = False
        """Whether text of an answer that is held to a form has been sent."""
        self._scratch = ""
        self._provider: str | None = None
        """The provider that has run the first answer."""
        self._looks_left = _LOOKS_FOR_PROVIDER
        self._threads_at_rest: int | None = None
        """The threads of this process while nothing is answered; ``None`` before the first answer."""

    def carry_out(self, command: wire.Task) -> None:
        """Do what a command asks and report the result. Whatever the runtime raises is passed on."""
        match command:
            case wire.LoadFolder():
                self._load(command)
            case wire.Generate():
                self._generate(command.request_id, command.request)
            case wire.ReadCatalogue():
                start_runtime(command.scratch, command.cache).catalog.list_models()
                self._outbox.put(wire.CatalogueRead())
            case wire.DownloadModel():
                self._outbox.put(wire.Downloaded(download(command, self._outbox)))
            case wire.ListProviders():
                self._outbox.put(list_providers(start_runtime(command.scratch, with_providers=True)))
            case wire.AddProvider():
                add_provider(command, self._outbox)
            case _:
                raise RuntimeError("this process runs models of Foundry Local only")

    def _load(self, command: wire.LoadFolder) -> None:
        folder, self._scratch = Path(command.folder), command.scratch
        self._runtime = runtime = start_runtime(
            command.scratch, with_providers=command.with_providers, detailed_log=True
        )
        with ModelInfoBuilder() as metadata:
            metadata.set_string_property("task", task_of(folder))
            if command.runs_with is not None:
                metadata.set_string_property("execution_provider", command.runs_with)
            catalog = runtime.get_catalog(CatalogType.LOCAL)
            self._model = catalog.register_model(folder, command.model_id, metadata)
        self._thinks_first = template_opens_reasoning(chat_template(folder))
        self._outbox.put(wire.Started(os.getpid()))
        provider_ns, registration = None, Registration()
        if command.with_providers:
            self._outbox.put(wire.RegisteringProviders())
            begun_ns = perf_counter_ns()
            registration = register_added(runtime, FoundryLocalException)
            provider_ns = perf_counter_ns() - begun_ns
            self._outbox.put(wire.RegisteringProviders(done=True))
        threads_before = own.thread_count()
        begun_ns = perf_counter_ns()
        try:
            self._model.load()
        except FoundryLocalException as error:
            reason = registration.reason_for(str(error), command.provider, log_folder(command.scratch))
            if reason is None:
                raise
            raise RuntimeError(reason) from error
        load_ns = perf_counter_ns() - begun_ns
        own.note_file_pages()
        loaded = Loaded(
            load_ns=load_ns,
            peak_rss_bytes=own.peak_rss_bytes(),
            provider_ns=provider_ns,
            threads=_computing_threads(folder, threads_before),
        )
        self._outbox.put(wire.LoadFinished(loaded))
        gc.collect()
        gc.freeze()

    def _generate(self, request_id: int, request: Request) -> None:
        """Answer a request, without its form if the runtime cannot hold this model to it.

        A refusal that comes before any text has the request answered once more without the form.
        """
        # A model that begins inside its reasoning would have to keep to the form there.
        form = request.form if self._holds_forms and not self._thinks_first else None
        self._text_sent = False
        try:
            self._answer(request_id, replace(request, form=form))
        except FoundryLocalException as error:
            if form is None or not any(word in str(error) for word in FORM_WORDS):
                raise
            self._holds_forms = False
            if self._text_sent:
                raise
            self._answer(request_id, replace(request, form=None))

    def _answer(self, request_id: int, request: Request) -> None:
        if self._model is None:
            raise RuntimeError("no model is loaded")
        self._wait_for_release()
        own.reset_peak_rss()
        self._threads_at_rest = own.thread_count()
        session = ChatSession(self._model)
        with session, RuntimeRequest() as runtime_request:
            session.set_options(options(request))
            session.set_streaming(True)
            if request.system:
                runtime_request.add_item(MessageItem.system(request.system))
            # A session of its own would compute the earlier turns again too: the runtime keeps no cache between them.
            for exchange in request.earlier:
                runtime_request.add_item(MessageItem.user(exchange.question))
                runtime_request.add_item(MessageItem.assistant(exchange.answer))
            runtime_request.add_item(MessageItem.user(request.prompt))
            if request.up_to_context:
                session.set_options(options(_within_context(session, runtime_request, request)))
            # A collection during the answer would look like a pause of the model.
            gc.disable()
            try:
                constrained = request.form is not None
                end = self._stream(request_id, session, runtime_request, constrained=constrained)
            finally:
                gc.enable()
        self._outbox.put(self._with_provider(end))

    def _with_provider(self, end: wire.AnswerFinished | wire.Cancelled) -> wire.AnswerFinished | wire.Cancelled:
        """The end of an answer with the provider that ran it, which the log names once its session is closed."""
        if isinstance(end, wire.Cancelled):
            return end
        if self._provider is None and self._looks_left > 0:
            self._looks_left -= 1
            self._provider = provider_log.await_provider(log_folder(self._scratch))
        return msgspec.structs.replace(end, completed=replace(end.completed, execution_provider=self._provider))

    def _wait_for_release(self) -> None:
        """Wait for a moment until the runtime has let go of the last answer, whose thread ends shortly after it.

        That thread holds the KV cache. A request that comes sooner makes the runtime allocate a second cache, which it
        keeps from then on: the memory of a process was seen to grow by a whole cache in one launch of six.
        """
        end_s = monotonic() + _RELEASE_LIMIT_S
        while self._threads_at_rest is not None and monotonic() < end_s:
            threads = own.thread_count()
            if threads is None or threads <= self._threads_at_rest:
                break
            sleep(_RELEASE_STEP_S)

    def _stream(
        self, request_id: int, session: ChatSession, runtime_request: RuntimeRequest, *, constrained: bool
    ) -> wire.AnswerFinished | wire.Cancelled:
        self._outbox.request_id = request_id
        start_ns = perf_counter_ns()
        with session.process_streaming_request(runtime_request) as stream:
            items = (
                (item.text, item.type == TextItemType.REASONING) if isinstance(item, TextItem) else ("", False)
                for item in stream
            )
            if constrained:
                items = self._noting_text(items)
            end_ns = send_answer(items, start_ns, self._inbox, self._outbox, thinks_first=self._thinks_first)
            if end_ns is None:
                return wire.Cancelled(request_id)
            with stream.final_response as final:
                usage = final.get_usage()
                reason = final.finish_reason.name.lower()
        timeline = Timeline(
            end_ns=end_ns,
            prompt_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
            finish_reason=finish_reason_of(reason),
        )
        completed = Completed(
            timeline=timeline,
            peak_rss_bytes=own.peak_rss_bytes(),
            taken_back_bytes=own.taken_back_bytes(),
            constrained=constrained,
        )
        return wire.AnswerFinished(request_id, completed)

    def _noting_text(self, items: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        """The items as they are; that text has come is noted on the way."""
        for text, reasoning in items:
            self._text_sent = self._text_sent or bool(text)
            yield text, reasoning


def start_runtime(
    scratch: str,
    cache: str | None = None,
    *,
    ask_catalogue: bool = True,
    with_providers: bool = False,
    detailed_log: bool = False,
) -> FoundryLocalManager:
    """Start the runtime with its own files in a private folder.

    Without a ``cache`` its models lie in that folder too. Without ``ask_catalogue`` it takes the catalogue from the
    snapshot in the cache and uses no network for it. ``with_providers`` has it keep the libraries of execution
    providers in the folder that outlives this process; nothing else of it lands there. Only a ``detailed_log`` tells
    which provider has run a request.
    """
    own_files = Path(scratch, "runtime")
    FoundryLocalManager.initialize(
        Configuration(
            app_name="benchtop",
            app_data_dir=str(paths.runtime_dir() if with_providers else own_files),
            logs_dir=str(log_folder(scratch)),
            log_level=LogLevel.DEBUG if detailed_log else LogLevel.WARNING,
            model_cache_dir=cache or str(own_files / "models"),
            disable_nonessential_telemetry=True,
            additional_settings={"NumModelDownloadThreads": DOWNLOAD_THREADS},
            web=None if ask_catalogue else Configuration.WebService(external_url=_NO_SERVICE),
        )
    )
    runtime = FoundryLocalManager.instance
    if runtime is None:
        raise RuntimeError("the runtime did not start")
    return runtime


def download(command: wire.DownloadModel, outbox: Outbox) -> str:
    """Download a model that the snapshot in the cache lists, without asking the catalogue; gives its folder."""
    catalog = start_runtime(command.scratch, command.cache, ask_catalogue=False).catalog
    model = catalog.get_model_variant(command.model_id)
    if model is None:
        raise LookupError(f"the catalogue does not list {command.model_id}")
    outbox.put(wire.Started(os.getpid()))
    model.download(lambda percent: outbox.put(wire.Progress(percent / 100)))
    return str(model.get_path())


def list_providers(runtime: FoundryLocalManager) -> wire.ProvidersListed:
    """The execution providers that the runtime offers on this machine, registered in this process or not."""
    offered = runtime.discover_eps()
    return wire.ProvidersListed(tuple(wire.Provider(provider.name, provider.is_registered) for provider in offered))


def add_provider(command: wire.AddProvider, outbox: Outbox) -> None:
    """Download the libraries of an execution provider to the folder that outlives this process, and try them."""
    runtime = start_runtime(command.scratch, with_providers=True)
    if command.name not in (provider.name for provider in runtime.discover_eps()):
        raise LookupError("the runtime does not offer it on this machine")
    missing = () if command.without_check else provider_registration.missing_libraries(command.name)
    if missing:
        # The runtime would download hundreds of MB, find that they do not start, and remove them again.
        raise RuntimeError(
            f"libraries of CUDA itself are missing ({', '.join(missing)}); "
            "install CUDA 13 and put its libraries on the path of the loader"
        )
    result = runtime.download_and_register_eps(
        [command.name], lambda _name, percent: outbox.put(wire.Progress(percent / 100))
    )
    if not result.success:
        raise RuntimeError(provider_log.last_warning(log_folder(command.scratch)))
    outbox.put(list_providers(runtime))


def log_folder(scratch: str) -> Path:
    """The folder of the runtime's log, which is cleared with everything else of this process."""
    return Path(scratch, "runtime", "logs")


def _within_context(session: ChatSession, runtime_request: RuntimeRequest, request: Request) -> Request:
    """The request with a limit that its context has room for; as it is if the prompt alone is too long."""
    budget = session.preflight_request(runtime_request)
    room = budget.context_limit_tokens - budget.prompt_tokens
    return replace(request, max_tokens=room) if 0 < room < request.max_tokens else request


def options(request: Request) -> RequestOptions:
    """The search options of a request; a temperature of 0 means greedy search."""
    greedy = request.temperature == 0
    return RequestOptions(
        search=SearchOptions(
            temperature=None if greedy else request.temperature,
            do_sample=not greedy,
            max_output_tokens=request.max_tokens,
            seed=request.seed,
        ),
        additional_options=guidance(request.form),
    )


def guidance(form: Form | None) -> dict[str, str]:
    """The options that have the runtime choose only among the tokens that keep to a form."""
    if form is None:
        return {}
    return {"guidance_type": "json_schema", "guidance_data": json.dumps(form.foundry_schema)}


def _computing_threads(folder: Path, threads_before: int | None) -> int | None:
    """The number of processor threads of a model that has just been loaded, in a process that had so many before."""
    now = own.thread_count()
    added = None if now is None or threads_before is None else now - threads_before
    return threads_of(read_json(folder / CONFIG_FILE), added)


def task_of(folder: Path) -> str:
    """The task to register a model under; the runtime knows two tasks of models that answer text with text."""
    settings = read_json(folder / CONFIG_FILE)
    return "vision-language-chat" if isinstance(member_of(settings, "model", "vision"), dict) else "chat-completion"


def chat_template(folder: Path) -> str:
    """The model's chat template as text, from either file that may hold it; empty if there is none."""
    try:
        return read_bytes(folder / "chat_template.jinja").decode("utf-8")
    except (OSError, ValueError):
        pass
    return str(member_of(read_json(folder / "tokenizer_config.json"), "chat_template") or "")
