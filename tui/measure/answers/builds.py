"""Compares builds of one model: for a processor or a GPU, in other precisions, of other runtimes, or behind a server.

A build is called broken if it garbles answers to at least half of the prompts, if it answers most of them in another
script than the reference, or if it surely loses more than half of the reference's pass rate. Whole builds in another
precision part after some words, but they neither repeat the same few characters nor lose most of what the model can
do.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.answers.pass_rates import Side, pass_rate, rate_differences
from tui.measure.answers.quality_words import outcome_words
from tui.measure.statistics.repeatability import first_difference
from tui.measure.timing.segments import without_superseded
from tui.records import RunRecord, SampleKind, SampleStatus
from tui.records.grading.builds import Build, BuildState
from tui.records.grading.rates import Better, PassRate, RateDifference
from tui.text.tables import counted

_GARBLED_FROM: Final = 0.5
"""The share of garbled prompts from which on a build is broken."""
_LOST_FROM: Final = 0.5
"""The share of the reference's pass rate whose loss calls a build broken."""
_UNLIKE_BELOW: Final = 0.15
_FEWEST_CHARACTERS: Final = 16
_LONGEST_UNIT: Final = 24
"""Text that is repeated in units of at most so many characters is garbled."""
_FEWEST_LETTERS: Final = 10
_LOST_CHARACTERS: Final = 0.3
"""The share of characters that could not be decoded from which on a text is garbled."""
_REPEATED_SHARE: Final = 0.75
_MOST_CHARACTERS: Final = 4_000
_LONGEST_LOOP: Final = 40
"""A sequence of at most so many words that is written again and again is a loop."""
_LOOPS: Final = 4
_LOOPED_SHARE: Final = 0.6
"""A loop is written so often in a row, and is this share of the words of an answer."""
_BYTES: Final = re.compile("<0x[0-9A-F]{2}>|[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
"""Bytes of no text: as tokens of single bytes, control characters, and characters for private use."""
_FEWEST_OF_A_SCRIPT: Final = 8
"""An answer with fewer letters tells nothing of the script that a build writes."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """The first answer of a side to each prompt; an empty one where the model ended without any text."""

    side: Side
    texts: Mapping[str, str]

    @property
    def garbled(self) -> int:
        return sum(is_garbled(text) for text in self.texts.values())


def build_groups(run: RunRecord) -> tuple[tuple[Side, ...], ...]:
    """Return the models of a run that are builds of the same one: those with one alias."""
    aliases = dict.fromkeys(model.alias for model in run.plan.models)
    groups = (tuple(Side(run, model.key) for model in run.plan.models if model.alias == alias) for alias in aliases)
    return tuple(group for group in groups if len(group) > 1)


def compare_builds(sides: Sequence[Side]) -> tuple[Build, ...]:
    """Compare these builds with the best of them, which comes first; builds without an answer are broken, too."""
    answers = [_Answers(side, _texts(side)) for side in sides]
    rates = [pass_rate(side.run, side.key) for side in sides]
    best = max(range(len(sides)), key=lambda index: _order(answers[index], rates[index], index))
    others = [index for index in range(len(sides)) if index != best]
    pairs = [(sides[best], sides[index]) for index in others]
    told = {index: found for index, pair in zip(others, pairs, strict=True) for found in rate_differences([pair])}
    if len(told) == len(others):
        told = dict(zip(others, rate_differences(pairs), strict=True))
    several = len({side.run.run_id for side in sides}) > 1
    reference = _build(answers[best], rates[best], None, answers[best], several=several)
    return (
        reference,
        *(_build(answers[index], rates[index], told.get(index), answers[best], several=several) for index in others),
    )


def is_garbled(text: str) -> bool:
    """Tell whether a text is empty, or repeats the same few letters or digits over most of its length."""
    plain = text.strip()[:_MOST_CHARACTERS]
    if not re.search(r"\w", plain):
        return True
    if len(plain) < _FEWEST_CHARACTERS:
        return False
    for unit in range(1, min(_LONGEST_UNIT, len(plain) // 3) + 1):
        letters = [one == other for one, other in zip(plain, plain[unit:], strict=False) if other.isalnum()]
        if len(letters) >= _FEWEST_LETTERS and sum(letters) >= _REPEATED_SHARE * len(letters):
            return True
    bytes_of_none = sum(len(found) for found in _BYTES.findall(plain))
    return bytes_of_none > _LOST_CHARACTERS * len(plain) or _is_looping(plain.split())


def _is_looping(words: Sequence[str]) -> bool:
    """Tell whether a sequence of words is written again and again, over most of a text."""
    for length in range(1, min(_LONGEST_LOOP, len(words) // _LOOPS) + 1):
        run = longest = 0
        for one, other in zip(words, words[length:], strict=False):
            run = run + 1 if one == other else 0
            longest = max(longest, run)
        # The table of an answer repeats short words; a loop repeats words of letters.
        if longest >= (_LOOPS - 1) * length and longest + length >= _LOOPED_SHARE * len(words):
            return any(re.search(r"[^\W\d_]", word) for word in words[-length:])
    return False


def script_of(text: str) -> str | None:
    """Return the script of most letters of a text, by the names of Unicode; ``None`` of too few letters."""
    scripts = Counter(_script(sign) for sign in text[:_MOST_CHARACTERS] if sign.isalpha())
    if scripts.total() < _FEWEST_OF_A_SCRIPT:
        return None
    return scripts.most_common(1)[0][0]


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA") else name


def likeness(one: str, other: str) -> float:
    """Return the share of words in common: ``2 |A and B| / (|A| + |B|)`` over words with their repeats (Dice 1945)."""
    first, second = (Counter(re.findall(r"\w+", text.casefold())) for text in (one, other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else float(one == other)


def _order(answers: _Answers, rate: PassRate | None, index: int) -> tuple[float, float, float]:
    garbled = answers.garbled / len(answers.texts) if answers.texts else 1.0
    return (-garbled, 0.0 if rate is None else rate.rate, -index)


def _texts(side: Side) -> dict[str, str]:
    texts: dict[str, str] = {}
    for sample in without_superseded(side.run).samples:
        counts = sample.status is SampleStatus.OK or (sample.status is SampleStatus.FAILED and not sample.text)
        if sample.key == side.key and sample.kind is SampleKind.ROUND and counts:
            texts.setdefault(sample.prompt_id, sample.text)
    return texts


def _build(
    answers: _Answers, rate: PassRate | None, difference: RateDifference | None, reference: _Answers, *, several: bool
) -> Build:
    side, own = answers.side, answers is reference
    model = next(model for model in side.run.plan.models if model.key == side.key)
    pairs = [(reference.texts[one], text) for one, text in answers.texts.items() if one in reference.texts]
    parting = [first_difference(first, second) for first, second in pairs if first != second]
    alike = [likeness(first, second) for first, second in pairs]
    state, why = _state(answers, reference, difference, alike)
    return Build(
        name=f"{side.key} in {side.run.run_id}" if several else side.key,
        run_id=side.run.run_id,
        execution_provider=model.execution_provider,
        runtime=side.run.environment.runtime,
        is_reference=own,
        prompts=len(answers.texts),
        garbled=answers.garbled,
        same=len(pairs) - len(parting),
        parts_at=None if own or not parting else round(statistics.median(parting)),
        likeness=None if own or not alike else statistics.fmean(alike),
        rate=rate,
        difference=difference,
        state=state,
        why=why,
    )


def _in_another_script(answers: _Answers, reference: _Answers) -> int:
    """Count the prompts that a build answers in another script than the reference."""
    scripts = [
        (script_of(reference.texts[one]), script_of(text))
        for one, text in answers.texts.items()
        if one in reference.texts
    ]
    return sum(None not in pair and pair[0] != pair[1] for pair in scripts)


def _state(
    answers: _Answers, reference: _Answers, difference: RateDifference | None, alike: Sequence[float]
) -> tuple[BuildState, str]:
    prompts = len(answers.texts)
    if not prompts:
        return BuildState.BROKEN, "it gave no answer at all"
    if answers.garbled >= _GARBLED_FROM * prompts:
        return BuildState.BROKEN, f"it garbles its answers to {answers.garbled} of {counted(prompts, 'prompt')}"
    if answers is reference:
        return BuildState.WHOLE, "it is the reference, the best of them"
    foreign = _in_another_script(answers, reference)
    if foreign > _GARBLED_FROM * prompts:
        return BuildState.BROKEN, f"it answers {foreign} of {counted(prompts, 'prompt')} in another script"
    if difference is not None and difference.outcome is Better.WORSE:
        lost = -difference.difference > _LOST_FROM * difference.before
        return BuildState.BROKEN if lost else BuildState.WORSE, f"its quality is {outcome_words(difference)}"
    if alike and statistics.fmean(alike) < _UNLIKE_BELOW:
        return BuildState.UNLIKE, "its answers have hardly a word in common with the reference's: read them"
    return BuildState.WHOLE, "no sign of damage"
