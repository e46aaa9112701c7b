"""The programs that run in the converter's own environment, whose packages Benchtop itself does not have."""

from __future__ import annotations

from typing import Final

READ_GGUF: Final = """
import sys
from pathlib import Path
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
file, out = Path(sys.argv[1]), sys.argv[2]
tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.float32)
# Transformers calls a de-quantized model quantized, and refuses to save it, until its marks are taken off.
model.hf_quantizer = None
if hasattr(model.config, "quantization_config"):
    del model.config.quantization_config
model.save_pretrained(out)
tokenizer.save_pretrained(out)
"""
"""Arguments: the GGUF file, the Hugging Face folder to write, in fp32."""

BUILD: Final = """
import runpy, sys
import onnxruntime_genai.models as models
# The builder imports its parts as top-level modules; they have to be the ones that are changed here.
sys.path.insert(0, models.__path__[0])
from builders import base
initialise = base.Model.__init__
def with_flat_rope(self, config, *arguments, **options):
    rope = getattr(config, "rope_parameters", None)
    if isinstance(rope, dict) and isinstance(rope.get("full_attention"), dict):
        full, local = rope["full_attention"], rope.get("sliding_attention") or rope["full_attention"]
        config.rope_parameters = dict(full)
        config.rope_theta, config.rope_local_base_freq = full.get("rope_theta"), local.get("rope_theta")
    initialise(self, config, *arguments, **options)
base.Model.__init__ = with_flat_rope
runpy.run_module("onnxruntime_genai.models.builder", run_name="__main__", alter_sys=True)
"""
"""Arguments: those of the model builder. Transformers 5 keeps RoPE by the kind of layer, where the builder of this
version does not look (gemma 3).
"""

COMPARE: Final = """
import json, sys
folder, original, question, most = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
import onnxruntime_genai as og
from transformers import AutoModelForCausalLM, AutoTokenizer
model = og.Model(folder)
tokenizer = og.Tokenizer(model)
message = json.dumps([{"role": "user", "content": question}])
tokens = [int(token) for token in tokenizer.encode(tokenizer.apply_chat_template(message, add_generation_prompt=True))]
search = og.GeneratorParams(model)
search.set_search_options(max_length=max(1024, len(tokens) + most), do_sample=False)
generator = og.Generator(model, search)
generator.append_tokens(tokens)
ours = []
while len(ours) < most and not generator.is_done():
    generator.generate_next_token()
    ours.append(int(generator.get_next_tokens()[0]))
    print(f"token {len(ours)} of {most}", flush=True)
del generator
import torch
class Counting:
    count = -1  # The first call gives the prompt.
    def put(self, _tokens):
        self.count += 1
        if self.count:
            print(f"token {self.count} of {most} of the original", flush=True)
    def end(self):
        pass
reference = AutoModelForCausalLM.from_pretrained(original, dtype=torch.float32)
with torch.no_grad():
    whole = reference.generate(torch.tensor([tokens]), max_new_tokens=most, do_sample=False, streamer=Counting())
theirs = whole[0][len(tokens):].tolist()
same = next((index for index, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), min(len(ours), len(theirs)))
print(json.dumps({"same": same, "of": len(theirs), "text": AutoTokenizer.from_pretrained(original).decode(ours)}))
"""
"""Arguments: the converted folder, the original one, a question, how many tokens. Prints in its last line how many are
alike, and before that how far it is.
"""
