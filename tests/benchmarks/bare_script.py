"""The script that anybody would write over the SDK: it loads a model, answers each line of stdin, prints the numbers.

The reference of ``tests.benchmarks.agreement``: ``python -m tests.benchmarks.bare_script FOLDER SCRATCH MAX_TOKENS``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from foundry_local_sdk import (
    CatalogType,
    ChatSession,
    Configuration,
    FoundryLocalManager,
    MessageItem,
    ModelInfoBuilder,
    Request,
    RequestOptions,
    SearchOptions,
)


def main(folder: str, scratch: str, max_tokens: str) -> None:
    sys.setswitchinterval(0.0005)
    FoundryLocalManager.initialize(Configuration("bare", app_data_dir=scratch, model_cache_dir=f"{scratch}/models"))
    manager = FoundryLocalManager.instance
    assert manager is not None
    with ModelInfoBuilder() as metadata:
        metadata.set_string_property("task", "chat-completion")
        model = manager.get_catalog(CatalogType.LOCAL).register_model(Path(folder), "bare:1", metadata)
    model.load()
    search = SearchOptions(do_sample=False, max_output_tokens=int(max_tokens))
    print("ready", flush=True)
    for line in sys.stdin:
        with ChatSession(model) as session, Request().add_item(MessageItem.user(line.strip())) as request:
            session.set_options(RequestOptions(search=search)).set_streaming(True)
            start = time.perf_counter_ns()
            first = None
            with session.process_streaming_request(request) as stream:
                for _ in stream:
                    first = first or time.perf_counter_ns() - start
                end = time.perf_counter_ns() - start
                with stream.final_response as final:
                    tokens, stop = final.get_usage().completion_tokens, final.finish_reason.name == "STOP"
        print(json.dumps({"first_ns": first, "end_ns": end, "tokens": tokens, "stop": stop}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
