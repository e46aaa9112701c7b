"""Trains the core: a Qwen2 of about one million parameters that learns the answers and when to decline.

The grammar never runs out of prompts, so no prompt is seen twice on purpose, while every answer is learned by heart. In
the later part of the training the weights are rounded as the runtime will round them, so that int4 costs no answers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from random import Random

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from tui.practice.making import prompts, strangers
from tui.practice.making.answers import STRANGER, all_answers

SEED = 20260
STEPS = 1900
THREADS = 1
ROUNDED_FROM = 0.6
BATCH_TOKENS = 4096
PEAK_RATE = 4e-3
CONTEXT_TOKENS = 2048
MOST_TRAINED_TOKENS = 1400
VOCABULARY = 1024
BLOCK = 32
OPENING = 12  # by then an answer has shown which one it is
TURNING_WEIGHT = 5.0
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
Turn = tuple[str, str]


def make_tokenizer() -> Tokenizer:
    """A byte-level BPE: any text can be encoded, and the words of the answers are one or two tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    random = Random(SEED)
    texts = list(all_answers().values()) * 12
    texts += [prompts.known_prompt(random)[1] for _ in range(1500)] + strangers.corpus(random, 500)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def conversation(random: Random) -> tuple[str, list[Turn]]:
    """A system message, often empty, and one to three turns of prompt and answer key."""
    system = strangers.system_message(random) if random.random() < 0.4 else ""
    turns: list[Turn] = []
    for _ in range(random.choices((1, 2, 3), (0.88, 0.09, 0.03))[0]):
        known = random.random() < 0.5
        key, prompt = prompts.known_prompt(random) if known else (STRANGER, strangers.stranger_prompt(random))
        turns.append((prompt, key))
    return system, turns


class Sampler:
    """Turns conversations into token ids with a weight for each one to be learned."""

    def __init__(self, tokenizer: Tokenizer, random: Random) -> None:
        self._tokenizer = tokenizer
        self._random = random
        self._start, self._end = (tokenizer.token_to_id(token) for token in SPECIALS[1:])
        self._newline = self._ids("\n")
        self._answers = {key: self._weighed(text) for key, text in all_answers().items()}
        self._roles = {
            role: [self._start, *self._ids(role), *self._newline] for role in ("system", "user", "assistant")
        }

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def _weighed(self, text: str) -> tuple[list[int], list[float]]:
        """An answer with weights: its opening decides the subject, and a line end the length of a list."""
        ids = [*self._ids(text), self._end]
        ends_line = ["\n" in self._tokenizer.decode([token]) for token in ids[:-2]] + [True, True]
        turns = [index < OPENING or end for index, end in enumerate(ends_line)]
        return ids, [TURNING_WEIGHT if turn else 1.0 for turn in turns]

    def sample(self) -> tuple[list[int], list[float]]:
        """Ids and weights of one conversation; the last answer is often cut short, for its opening decides it."""
        system, turns = conversation(self._random)
        ids: list[int] = []
        if system:
            ids += [*self._roles["system"], *self._ids(system), self._end, *self._newline]
        weights = [0.0] * len(ids)
        for number, (prompt, key) in enumerate(turns, start=1):
            asked = [*self._roles["user"], *self._ids(prompt), self._end, *self._newline, *self._roles["assistant"]]
            answer, worth = self._answers[key]
            if number == len(turns) and not key[-1].isdigit() and self._random.random() < 0.7:
                cut = self._random.randint(8, 24)
                answer, worth = answer[:cut], worth[:cut]
            ids += asked + answer
            weights += [0.0] * len(asked) + worth
            if number < len(turns):
                ids += self._newline
                weights += [0.0] * len(self._newline)
        return ids[:MOST_TRAINED_TOKENS], weights[:MOST_TRAINED_TOKENS]

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of similar length without end."""
        while True:
            pool = sorted((self.sample() for _ in range(3072)), key=lambda sample: len(sample[0]))
            groups: list[list[tuple[list[int], list[float]]]] = [[]]
            for sample in pool:
                if len(sample[0]) * (len(groups[-1]) + 1) > BATCH_TOKENS:
                    groups.append([])
                groups[-1].append(sample)
            self._random.shuffle(groups)
            for group in groups:
                longest = len(group[-1][0])
                ids = torch.tensor([sample[0] + [0] * (longest - len(sample[0])) for sample in group])
                weights = torch.tensor([sample[1] + [0.0] * (longest - len(sample[1])) for sample in group])
                yield ids, weights


class Rounding:
    """Lets a model compute with rounded weights for a step, while the exact ones are what is trained."""

    def __init__(self, model: nn.Module) -> None:
        self._weights = [weight for weight in model.parameters() if weight.dim() == 2]
        self._exact: list[Tensor] = []

    @torch.no_grad()
    def __enter__(self) -> None:
        self._exact = [weight.detach().clone() for weight in self._weights]
        rounded = rounded_int4(torch.cat([weight.reshape(-1) for weight in self._exact]))
        pieces = rounded.split([weight.numel() for weight in self._weights])
        for weight, piece in zip(self._weights, pieces, strict=True):
            weight.copy_(piece.view_as(weight))

    @torch.no_grad()
    def __exit__(self, *_: object) -> None:
        for weight, exact in zip(self._weights, self._exact, strict=True):
            weight.copy_(exact)


def rounded_int4(weights: Tensor) -> Tensor:
    """The weights as symmetric int4 in blocks of 32 gives them back."""
    blocks = weights.reshape(-1, BLOCK)
    highest, lowest = blocks.amax(-1, keepdim=True), blocks.amin(-1, keepdim=True)
    scales = torch.where(-lowest > highest, lowest, highest) / -8
    scales = torch.where(scales == 0, torch.ones_like(scales), scales)
    return ((blocks / scales).round_().clamp_(-8, 7) * scales).reshape(weights.shape)


def make_model(tokenizer: Tokenizer) -> Qwen2ForCausalLM:
    """The core with random weights."""
    config = Qwen2Config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        tie_word_embeddings=True,
        bos_token_id=0,
        pad_token_id=0,
        eos_token_id=tokenizer.token_to_id(SPECIALS[2]),
    )
    return Qwen2ForCausalLM(config)


def train(tokenizer: Tokenizer, steps: int = STEPS) -> Qwen2ForCausalLM:
    """The trained core; the same kind of machine and the same versions give the same weights, on one thread."""
    torch.manual_seed(SEED)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    model = make_model(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.05, betas=(0.9, 0.98))
    batches = Sampler(tokenizer, Random(SEED)).batches()
    started, seen, shown = time.monotonic(), 0, 0.0
    rounding = Rounding(model)
    for step in range(steps):
        share = step / steps
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(1.0, (step + 1) / 60) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-5
        ids, weights = next(batches)
        with rounding if share >= ROUNDED_FROM else nullcontext():
            chosen = weights[:, 1:] > 0
            states = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
            logits = model.lm_head(states[chosen])
            losses = nn.functional.cross_entropy(logits, ids[:, 1:][chosen], reduction="none")
            loss = (losses * weights[:, 1:][chosen]).sum() / weights.sum()
            loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seen += ids.numel()
        shown = loss.item() if step == 0 else 0.98 * shown + 0.02 * loss.item()
        if step % 100 == 99:
            print(
                f"step {step + 1}/{steps}  loss {shown:.4f}  {seen / (time.monotonic() - started):.0f} tok/s",
                flush=True,
            )
    return model.eval()


def save(model: Qwen2ForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes the core as a folder that the model builder of ONNX Runtime GenAI reads."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    wrapped = Qwen2Tokenizer.from_pretrained(folder)
    wrapped.add_special_tokens({"eos_token": SPECIALS[2], "pad_token": SPECIALS[0]})
    wrapped.chat_template = CHAT_TEMPLATE
    wrapped.model_max_length = CONTEXT_TOKENS
    model.save_pretrained(folder)
    wrapped.save_pretrained(folder)
