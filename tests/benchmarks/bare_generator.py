"""The loop that anybody would write over ONNX Runtime GenAI: no Foundry Local, no child's protocol, no stamps.

A reference of ``tests.benchmarks.agreement``: ``python -m tests.benchmarks.bare_generator FOLDER SCRATCH MAX_TOKENS``.
It answers each line of stdin with a line of numbers, as ``bare_script`` does.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any, Final

og: Final[Any] = importlib.import_module("onnxruntime_genai")


def main(folder: str, _scratch: str, max_tokens: str) -> None:
    most = int(max_tokens)
    model = og.Model(folder)
    tokenizer = og.Tokenizer(model)
    print("ready", flush=True)
    for line in sys.stdin:
        message = json.dumps([{"role": "user", "content": line.strip()}])
        start = time.perf_counter_ns()
        prompt = tokenizer.encode(tokenizer.apply_chat_template(message, add_generation_prompt=True))
        generator = og.Generator(model, og.GeneratorParams(model))
        stream, tokens, first = tokenizer.create_stream(), 0, None
        generator.append_tokens(prompt)
        while tokens < most and not generator.is_done():
            generator.generate_next_token()
            if generator.is_done():
                break
            tokens += 1
            if stream.decode(generator.get_next_tokens()[0]) and first is None:
                first = time.perf_counter_ns() - start
        end = time.perf_counter_ns() - start
        row = {"first_ns": first, "end_ns": end, "tokens": tokens, "stop": tokens < most}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
