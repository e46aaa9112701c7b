"""A model judges the answers of a run that is over. What it says is kept as it is said."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from tui.bench import judge_words
from tui.bench.judge_words import MAX_TOKENS, Unusable
from tui.bench.rack import Rack
from tui.engines.engine import Engine, EngineDied, EngineError, Pieces, Request
from tui.measure.judges import apart
from tui.measure.quality import answers_of
from tui.records import FinishReason, Model, Prompt, RunRecord
from tui.records.judging import Pairing, Preferred
from tui.records.quality import Answer, RaterKind, Rating
from tui.store import ratings
from tui.store.history import History

LOAD_S: Final = 300.0
SILENCE_S: Final = 120.0

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is for a judge to do."""

    answers: tuple[Answer, ...]
    pairs: tuple[tuple[Answer, Answer], ...]
    """In both orders."""
    own: int
    """Answers of its own, which it is not asked about."""
    known: int
    """Answers and pairs that it has judged before."""

    @property
    def total(self) -> int:
        return len(self.answers) + len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One more is done."""

    said: Rating | Pairing
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDied:
    """The judge could not be loaded, or is gone: what is left stays unjudged."""

    words: str


class _Stopped(Exception):
    """A person wants no more."""


def work_of(run: RunRecord, model: Model, history: History, *, itself: bool) -> Work:
    """Every answer, and on each prompt every pair of what two models answered first."""
    answers = answers_of(run)
    own = set[str]() if itself else _own_ids(run, model, answers)
    asked = [each for each in answers if each.answer_id not in own]
    rubrics = {prompt.id: judge_words.rubric_of(prompt) for prompt in run.plan.prompts}
    rated = {
        each.answer_id
        for each in ratings.ratings_of(history, [each.answer_id for each in asked])
        if each.rater == model.key and each.score is not None and each.rubric == rubrics[each.prompt_id]
    }
    compared = {
        (each.first_id, each.second_id)
        for each in ratings.pairings_of(history, model.key)
        if each.preferred is not None and each.rubric == rubrics.get(each.prompt_id)
    }
    pairs = [pair for prompt in run.plan.prompts for pair in _pairs(prompt, asked)]
    left = [pair for pair in pairs if (pair[0].answer_id, pair[1].answer_id) not in compared]
    fresh = [each for each in asked if each.answer_id not in rated]
    return Work(
        answers=tuple(fresh),
        pairs=tuple(left),
        own=len(answers) - len(asked),
        known=len(asked) - len(fresh) + len(pairs) - len(left),
    )


async def judge(
    run: RunRecord, model: Model, work: Work, *, rack: Rack, history: History, stop: asyncio.Event
) -> AsyncGenerator[Judged | JudgeDied, None]:
    """Load the judge and ask it one thing after the other, until ``stop`` is set; its process ends with it."""
    try:
        seat = await _unless(stop, rack.load(model, LOAD_S))
        bench = _Bench(run, model, seat.engine, history, stop)
        done = 0
        for answer in work.answers:
            done += 1
            yield Judged(said=await bench.rate(answer), done=done, total=work.total)
        for first, second in work.pairs:
            done += 1
            yield Judged(said=await bench.compare(first, second), done=done, total=work.total)
    except EngineDied as error:
        yield JudgeDied(words=str(error.verdict))
    except _Stopped:
        return
    finally:
        await rack.unload(model.key, in_haste=True)


class _Bench:
    """Asks the judge, and keeps what it says."""

    def __init__(self, run: RunRecord, model: Model, engine: Engine, history: History, stop: asyncio.Event) -> None:
        self._prompts = {prompt.id: prompt for prompt in run.plan.prompts}
        self._judge = model.key
        self._engine = engine
        self._history = history
        self._stop = stop
        self._per_second = run.plan.max_per_second

    async def rate(self, answer: Answer) -> Rating:
        """Twice, with the rubric from 1 to 5 and from 5 to 1."""
        prompt = self._prompts[answer.prompt_id]
        rating = Rating(
            answer_id=answer.answer_id,
            # Its own name, where the answer is its own: that is how self-preference is told.
            key=self._judge if self._judge in answer.keys else answer.keys[0],
            prompt_id=answer.prompt_id,
            score=None,
            rater=self._judge,
            kind=RaterKind.JUDGE,
            blind=True,
            rubric=judge_words.rubric_of(prompt),
        )
        try:
            requests = (judge_words.score_request(prompt, answer.text, turned=turned) for turned in (False, True))
            in_order, turned = [await self._asked(request, judge_words.score_of) for request in requests]
        except Unusable as problem:
            rating = replace(rating, reason=str(problem))
        else:
            one, other = in_order.score, turned.score
            rating = replace(rating, in_order=one, turned=other, note=in_order.note)
            if apart(one, other):
                rating = replace(rating, reason=f"it gave {one}, and {other} with the rubric turned")
            else:
                rating = replace(rating, score=one if one == other else (one + other) / 2)
        rating = replace(rating, rated_at=_now())
        ratings.add(self._history, rating)
        return rating

    async def compare(self, first: Answer, second: Answer) -> Pairing:
        """In this order; the other one is asked for by itself."""
        prompt = self._prompts[first.prompt_id]
        preferred: Preferred | None = None
        note = reason = ""
        try:
            found = await self._asked(
                judge_words.pair_request(prompt, first.text, second.text), judge_words.preferred_of
            )
            preferred, note = found.preferred, found.note
        except Unusable as problem:
            reason = str(problem)
        pairing = Pairing(
            judge=self._judge,
            prompt_id=prompt.id,
            first_id=first.answer_id,
            second_id=second.answer_id,
            first_characters=len(first.text),
            second_characters=len(second.text),
            preferred=preferred,
            reason=reason,
            note=note,
            rubric=judge_words.rubric_of(prompt),
            judged_at=_now(),
        )
        ratings.add_pairing(self._history, pairing)
        return pairing

    async def _asked(self, request: Request, read: Callable[[str], _Found]) -> _Found:
        """What it replied, after a second try where the first cannot be used. Raises Unusable."""
        try:
            return read(await self._reply(request))
        except Unusable as problem:
            again = (
                f"{request.prompt}\n\nYour last reply could not be used: {problem}. Reply with the JSON object alone."
            )
            return read(await self._reply(replace(request, prompt=again)))

    async def _reply(self, request: Request) -> str:
        try:
            return await _unless(self._stop, self._text(request))
        except EngineDied:
            raise
        except EngineError as error:
            raise Unusable(f"its request failed ({error.verdict})") from error

    async def _text(self, request: Request) -> str:
        text: list[str] = []
        request = replace(request, per_second=self._per_second)
        async with contextlib.aclosing(self._engine.generate(request, SILENCE_S)) as parts:
            async for part in parts:
                if isinstance(part, Pieces):
                    text += [piece.text for piece in part.pieces if not piece.reasoning]
                elif part.finish_reason is FinishReason.LENGTH:
                    raise Unusable(f"it was not done after {MAX_TOKENS} tokens")
        return "".join(text)


async def _unless(stop: asyncio.Event, doing: Coroutine[object, object, _Found]) -> _Found:
    """What comes of it; broken off where a person wants no more. Raises _Stopped."""
    work, stopping = asyncio.ensure_future(doing), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            raise _Stopped
        return work.result()
    finally:
        work.cancel()
        stopping.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)


def _own_ids(run: RunRecord, model: Model, answers: Sequence[Answer]) -> set[str]:
    """What the judge answered itself, in whichever of its builds."""
    keys = {each.key for each in run.plan.models if each.key == model.key or each.alias == model.alias}
    return {answer.answer_id for answer in answers if keys & set(answer.keys)}


def _pairs(prompt: Prompt, answers: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Of each model its first answer, each pair in both orders."""
    firsts: list[Answer] = []
    seen = set[str]()
    for answer in answers:
        if answer.prompt_id == prompt.id and not _all_seen(answer.keys, seen):
            firsts.append(answer)
            seen.update(answer.keys)
    return list(itertools.permutations(firsts, 2))


def _all_seen(keys: Collection[str], seen: Collection[str]) -> bool:
    return all(key in seen for key in keys)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
