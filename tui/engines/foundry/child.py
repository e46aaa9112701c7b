"""The child process of the Foundry Local runtime: the only importer of the SDK.

It serves one model, or one errand: the catalogue, a download, the execution providers. The SDK is imported only after
fd 1 has been put aside for frames.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

import msgspec

from tui.engines.engine import Form
from tui.engines.foundry.model_files import member_of, read_json
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, pass_on, private_stdout
from tui.engines.reasoning import template_opens_reasoning
from tui.probes import own

if TYPE_CHECKING:
    from foundry_local_sdk import ChatSession, FoundryLocalManager, IModel, Request, RequestOptions

DOWNLOAD_THREADS: Final = "4"
"""The runtime fetches this many chunks of a file side by side; with its own 64 none of them ends for long."""
OF_FORMS: Final = ("guidance", "grammar")
"""Words of which the runtime's refusal of a form has one."""
_NO_SERVICE: Final = "http://127.0.0.1:9"
"""Any external service makes the runtime take the catalogue from its snapshot; it is not called."""


class FoundryChild:
    """One model in this process: load it, then answer requests until stdin closes."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._runtime: FoundryLocalManager | None = None
        self._model: IModel | None = None
        self._thinks_first = False
        self._holds = True
        """Whether the runtime can hold this model's answers to a form."""
        self._begun = False
        """Whether text has come of an answer that is held to one."""

    def serve(self) -> None:
        """Take one command after the other; a failure of the runtime is reported, and the next command taken."""
        while True:
            command = self._inbox.commands.get()
            request = command.request if isinstance(command, wire.Generate) else 0
            try:
                self._do(command)
            except Exception as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                self._outbox.put(wire.Failed(request, str(error) or type(error).__name__))

    def _do(self, command: wire.Task) -> None:
        match command:
            case wire.Load():
                self._load(command)
            case wire.Generate():
                self._generate(command)
            case wire.ReadCatalogue():
                start_runtime(command.scratch, command.cache).catalog.list_models()
                self._outbox.put(wire.CatalogueRead())
            case wire.Fetch():
                self._outbox.put(wire.Fetched(fetch(command, self._outbox)))
            case wire.ListProviders():
                found = start_runtime(command.scratch).discover_eps()
                self._outbox.put(wire.Providers(tuple(wire.Provider(each.name, each.is_registered) for each in found)))
            case wire.AddProvider():
                add_provider(command, self._outbox)
            case wire.Connect() | wire.Disconnect() | wire.AskServers() | wire.Widen() | wire.Adopt() | wire.Turn():
                raise RuntimeError("this process runs models of Foundry Local only")

    def _load(self, command: wire.Load) -> None:
        from foundry_local_sdk import CatalogType, ModelInfoBuilder

        folder = Path(command.folder)
        self._runtime = runtime = start_runtime(command.scratch)
        with ModelInfoBuilder() as metadata:
            metadata.set_string_property("task", "chat-completion")
            catalog = runtime.get_catalog(CatalogType.LOCAL)
            self._model = catalog.register_model(folder, command.model_id, metadata)
        self._thinks_first = template_opens_reasoning(chat_template(folder))
        self._outbox.put(wire.Hello(os.getpid()))
        asked_ns = perf_counter_ns()
        self._model.load()
        self._outbox.put(wire.LoadDone(perf_counter_ns() - asked_ns, own.peak_rss_bytes()))
        gc.collect()
        gc.freeze()

    def _generate(self, command: wire.Generate) -> None:
        """Answer; once more without a form where the runtime cannot hold the model to it, unless text has come."""
        from foundry_local_sdk import FoundryLocalException

        # A model that begins inside its thoughts would have to keep to a form there.
        form = command.form if self._holds and not self._thinks_first else None
        self._begun = False
        try:
            self._answer(msgspec.structs.replace(command, form=form))
        except FoundryLocalException as error:
            if form is None or not any(word in str(error) for word in OF_FORMS):
                raise
            self._holds = False
            if self._begun:
                raise
            self._answer(msgspec.structs.replace(command, form=None))

    def _answer(self, command: wire.Generate) -> None:
        from foundry_local_sdk import ChatSession, MessageItem, Request

        if self._model is None:
            raise RuntimeError("no model is loaded")
        own.reset_peak_rss()
        session = ChatSession(self._model)
        with session, Request() as request:
            session.set_options(options(command))
            session.set_streaming(True)
            if command.system:
                request.add_item(MessageItem.system(command.system))
            request.add_item(MessageItem.user(command.prompt))
            # A collection in the middle would stand in the gaps as if the model had paused.
            gc.disable()
            try:
                self._outbox.put(self._stream(command, session, request))
            finally:
                gc.enable()

    def _stream(self, command: wire.Generate, session: ChatSession, request: Request) -> wire.Finished | wire.Cancelled:
        from foundry_local_sdk import TextItem
        from foundry_local_sdk.items import TextItemType

        self._outbox.request = number = command.request
        start_ns = perf_counter_ns()
        with session.process_streaming_request(request) as stream:
            said = (
                (item.text, item.type == TextItemType.REASONING) if isinstance(item, TextItem) else ("", False)
                for item in stream
            )
            if command.form is not None:
                said = self._noted(said)
            end_ns = pass_on(said, start_ns, self._inbox, self._outbox, thinks_first=self._thinks_first)
            if end_ns is None:
                return wire.Cancelled(number)
            with stream.final_response as final:
                usage = final.get_usage()
                reason = final.finish_reason.name.lower()
        return wire.Finished(
            number,
            end_ns,
            reason,
            usage.prompt_tokens,
            usage.completion_tokens,
            own.peak_rss_bytes(),
            constrained=command.form is not None,
        )

    def _noted(self, said: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        for text, reasoning in said:
            self._begun = self._begun or bool(text)
            yield text, reasoning


def start_runtime(scratch: str, cache: str | None = None, *, ask_catalogue: bool = True) -> FoundryLocalManager:
    """The runtime with its own files in a private folder; without a ``cache`` its models are there too."""
    from foundry_local_sdk import Configuration, FoundryLocalManager

    own_files = Path(scratch, "runtime")
    FoundryLocalManager.initialize(
        Configuration(
            app_name="benchtop",
            app_data_dir=str(own_files),
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


def fetch(command: wire.Fetch, outbox: Outbox) -> str:
    """Download a model that the snapshot in the cache lists; the catalogue itself is not asked, and not waited for."""
    catalog = start_runtime(command.scratch, command.cache, ask_catalogue=False).catalog
    model = catalog.get_model_variant(command.model_id)
    if model is None:
        raise LookupError(f"the catalogue does not list {command.model_id}")
    outbox.put(wire.Hello(os.getpid()))
    model.download(lambda percent: outbox.put(wire.Progress(percent / 100)))
    return str(model.get_path())


def add_provider(command: wire.AddProvider, outbox: Outbox) -> None:
    """Download an execution provider's libraries and register them."""
    runtime = start_runtime(command.scratch)
    if command.name not in (each.name for each in runtime.discover_eps()):
        raise LookupError("this machine has no use for it")
    result = runtime.download_and_register_eps(
        [command.name], lambda _name, percent: outbox.put(wire.Progress(percent / 100))
    )
    if not result.success:
        raise RuntimeError(f"{command.name} could not be added ({result.status})")
    outbox.put(wire.Providers(tuple(wire.Provider(each.name, each.is_registered) for each in runtime.discover_eps())))


def options(command: wire.Generate) -> RequestOptions:
    """The search options of a request; a temperature of 0 is greedy search."""
    from foundry_local_sdk import RequestOptions, SearchOptions

    greedy = command.temperature == 0
    return RequestOptions(
        search=SearchOptions(
            temperature=None if greedy else command.temperature,
            do_sample=not greedy,
            max_output_tokens=command.max_tokens,
            seed=command.seed,
        ),
        additional_options=guidance(command.form),
    )


def guidance(form: Form | None) -> dict[str, str]:
    """What has the runtime choose among the tokens that keep to a form alone."""
    if form is None:
        return {}
    return {"guidance_type": "json_schema", "guidance_data": json.dumps(form.foundry_schema)}


def chat_template(folder: Path) -> str:
    """The model's chat template as text, from either place that may hold it; empty when there is none."""
    try:
        return Path(folder, "chat_template.jinja").read_text(encoding="utf-8")
    except OSError:
        pass
    return str(member_of(read_json(folder / "tokenizer_config.json"), "chat_template") or "")


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    own.volunteer_for_oom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    FoundryChild(Inbox(), Outbox(fd)).serve()


if __name__ == "__main__":
    main()
