"""A model judges the answers of a run that is over. What it says is kept as it is said."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from tui.bench.judging import prompts
from tui.bench.judging.prompts import MAX_TOKENS, UnusableReply
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Engine, EngineDied, EngineError, Pieces, Request
from tui.measure.answers.judges import too_far_apart
from tui.measure.answers.quality import answers_of
from tui.records import FinishReason, Model, Prompt, RunRecord
from tui.records.judging import Pairing, Preferred
from tui.records.quality import Answer, RaterKind, Rating, ReplyForm
from tui.store import ratings
from tui.store.history import History

LOAD_S: Final = 300.0
SILENCE_S: Final = 120.0

_FORMS: Final = (ReplyForm.CONSTRAINED, ReplyForm.PARSED, ReplyForm.IGNORED)
"""From the best to the worst."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingWork:
    """What there is for a judge to do."""

    answers: tuple[Answer, ...]
    pairs: tuple[tuple[Answer, Answer], ...]
    """In both orders."""
    own_answers: int
    """Answers of its own, which it is not asked about."""
    judged_before: int
    """Answers and pairs that it has judged before."""

    @property
    def total(self) -> int:
        return len(self.answers) + len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One more is done."""

    judgement: Rating | Pairing
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDied:
    """The judge could not be loaded, or is gone: what is left stays unjudged."""

    words: str


class _Stopped(Exception):
    """A person wants no more."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a judge wrote on one request."""

    text: str
    whole: bool
    """It came to its end before the limit of tokens."""
    constrained: bool
    """Its engine took the form of the request."""


def work_of(run: RunRecord, model: Model, history: History, *, itself: bool) -> JudgingWork:
    """Every answer, and on each prompt every pair of what two models answered first."""
    answers = answers_of(run)
    own = frozenset[str]() if itself else own_answers(run, model)
    asked = [answer for answer in answers if answer.answer_id not in own]
    rubrics = {prompt.id: prompts.rubric_hash(prompt) for prompt in run.plan.prompts}
    rated = {
        each.answer_id
        for each in ratings.ratings_of(history, [each.answer_id for each in asked])
        if each.rater == model.key and each.score is not None and each.rubric == rubrics[each.prompt_id]
    }
    compared = {
        (pairing.first_id, pairing.second_id)
        for pairing in ratings.pairings_of(history, model.key)
        if pairing.preferred is not None and pairing.rubric == rubrics.get(pairing.prompt_id)
    }
    pairs = [pair for prompt in run.plan.prompts for pair in _pairs(prompt, asked)]
    left = [pair for pair in pairs if (pair[0].answer_id, pair[1].answer_id) not in compared]
    fresh = [each for each in asked if each.answer_id not in rated]
    return JudgingWork(
        answers=tuple(fresh),
        pairs=tuple(left),
        own_answers=len(answers) - len(asked),
        judged_before=len(asked) - len(fresh) + len(pairs) - len(left),
    )


async def judge_run(
    run: RunRecord, model: Model, *, pool: ModelPool, history: History, stop: asyncio.Event, itself: bool = False
) -> AsyncGenerator[JudgingWork | Judged | JudgeDied | RunRecord, None]:
    """What there is to judge, each thing that is said, and at the end the run with all that was ever said of it."""
    work = work_of(run, model, history, itself=itself)
    yield work
    if work.total:
        async with contextlib.aclosing(judge(run, model, work, pool=pool, history=history, stop=stop)) as told:
            async for each in told:
                yield each
    yield ratings.with_ratings(history, run)


async def judge_runs(
    runs: Sequence[RunRecord],
    model: Model,
    *,
    pool: ModelPool,
    history: History,
    stop: asyncio.Event,
    itself: bool = False,
) -> AsyncGenerator[JudgingWork | Judged | JudgeDied | RunRecord, None]:
    """The same for one run after the other; none follows once the judge is gone, or a person wants no more."""
    for run in runs:
        died = False
        told = judge_run(run, model, pool=pool, history=history, stop=stop, itself=itself)
        async with contextlib.aclosing(told) as events:
            async for event in events:
                yield event
                died = died or isinstance(event, JudgeDied)
        if died or stop.is_set():
            return


async def judge(
    run: RunRecord, model: Model, work: JudgingWork, *, pool: ModelPool, history: History, stop: asyncio.Event
) -> AsyncGenerator[Judged | JudgeDied, None]:
    """Load the judge and ask it one thing after the other, until ``stop`` is set; its process ends with it."""
    try:
        seat = await _unless(stop, pool.load(model, LOAD_S))
        bench = _Bench(run, model, seat.engine, history, stop)
        done = 0
        for answer in work.answers:
            done += 1
            yield Judged(judgement=await bench.rate(answer), done=done, total=work.total)
        for first, second in work.pairs:
            done += 1
            yield Judged(judgement=await bench.compare(first, second), done=done, total=work.total)
    except EngineDied as error:
        yield JudgeDied(words=str(error.cause))
    except _Stopped:
        return
    finally:
        await pool.unload(model.key, in_haste=True)


class _Bench:
    """Asks the judge, and keeps what it says."""

    def __init__(self, run: RunRecord, model: Model, engine: Engine, history: History, stop: asyncio.Event) -> None:
        self._prompts = {prompt.id: prompt for prompt in run.plan.prompts}
        self._judge = model.key
        self._engine = engine
        self._history = history
        self._stop = stop
        self._per_second = run.plan.method.max_per_second
        self._replied: ReplyForm | None = None
        """How the replies came on what is asked about now."""

    async def rate(self, answer: Answer) -> Rating:
        """Twice, with the rubric from 1 to 5 and from 5 to 1."""
        prompt = self._prompts[answer.prompt_id]
        self._replied = None
        rating = Rating(
            answer_id=answer.answer_id,
            # Its own name, where the answer is its own: that is how self-preference is told.
            key=self._judge if self._judge in answer.keys else answer.keys[0],
            prompt_id=answer.prompt_id,
            score=None,
            rater=self._judge,
            kind=RaterKind.JUDGE,
            blind=True,
            rubric=prompts.rubric_hash(prompt),
        )
        try:
            requests = (prompts.score_request(prompt, answer.text, turned=turned) for turned in (False, True))
            in_order, turned = [await self._asked(request, prompts.score_of) for request in requests]
        except UnusableReply as problem:
            rating = replace(rating, reason=str(problem))
        else:
            one, other = in_order.score, turned.score
            rating = replace(rating, in_order=one, turned=other, note=in_order.note)
            if too_far_apart(one, other):
                rating = replace(rating, reason=f"it gave {one}, and {other} with the rubric turned")
            else:
                rating = replace(rating, score=one if one == other else (one + other) / 2)
        rating = replace(rating, rated_at=_now(), replied=self._replied)
        ratings.add(self._history, rating)
        return rating

    async def compare(self, first: Answer, second: Answer) -> Pairing:
        """In this order; the other one is asked for by itself."""
        prompt = self._prompts[first.prompt_id]
        self._replied = None
        preferred: Preferred | None = None
        note = reason = ""
        try:
            found = await self._asked(prompts.pair_request(prompt, first.text, second.text), prompts.preferred_of)
            preferred, note = found.preferred, found.note
        except UnusableReply as problem:
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
            rubric=prompts.rubric_hash(prompt),
            judged_at=_now(),
            replied=self._replied,
        )
        ratings.add_pairing(self._history, pairing)
        return pairing

    async def _asked(self, request: Request, read: Callable[[str], _Found]) -> _Found:
        """What it replied, after a second try where the first cannot be used. Raises UnusableReply."""
        try:
            return await self._read(request, read)
        except UnusableReply as problem:
            again = (
                f"{request.prompt}\n\nYour last reply could not be used: {problem}. Reply with the JSON object alone."
            )
            return await self._read(replace(request, prompt=again), read)

    async def _read(self, request: Request, read: Callable[[str], _Found]) -> _Found:
        """What one reply says, with a note of how it came. Raises UnusableReply."""
        reply = await self._reply(request)
        if not reply.whole:
            self._note(reply, kept=True)
            raise UnusableReply(f"it was not done after {MAX_TOKENS} tokens")
        try:
            found = read(reply.text)
        except UnusableReply:
            self._note(reply, kept=False)
            raise
        # A code fence can be read, but no engine that holds a reply to JSON lets one pass.
        self._note(reply, kept=reply.text.lstrip().startswith("{"))
        return found

    def _note(self, reply: _Reply, *, kept: bool) -> None:
        constrained = ReplyForm.CONSTRAINED if kept else ReplyForm.IGNORED
        form = constrained if reply.constrained else ReplyForm.PARSED
        self._replied = max(self._replied or form, form, key=_FORMS.index)

    async def _reply(self, request: Request) -> _Reply:
        try:
            return await _unless(self._stop, self._text(request))
        except EngineDied:
            raise
        except EngineError as error:
            raise UnusableReply(f"its request failed ({error.cause})") from error

    async def _text(self, request: Request) -> _Reply:
        text: list[str] = []
        request = replace(request, per_second=self._per_second)
        whole, constrained = True, False
        async with contextlib.aclosing(self._engine.generate(request, SILENCE_S)) as parts:
            async for part in parts:
                if isinstance(part, Pieces):
                    text += [piece.text for piece in part.pieces if not piece.reasoning]
                else:
                    whole, constrained = part.timeline.finish_reason is not FinishReason.LENGTH, part.constrained
        return _Reply("".join(text), whole=whole, constrained=constrained)


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


def own_answers(run: RunRecord, model: Model) -> frozenset[str]:
    """The ids of what the model answered itself, in whichever of its builds."""
    keys = {each.key for each in run.plan.models if each.key == model.key or each.alias == model.alias}
    return frozenset(answer.answer_id for answer in answers_of(run) if keys & set(answer.keys))


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
