"""Let a model judge the answers of a finished run. Each judgement is saved as soon as it is made."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from tui.bench.judging import prompts
from tui.bench.judging.prompts import MAX_TOKENS, THINKING_TOKENS, UnusableReply
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Engine, EngineDied, EngineError, Pieces, Request
from tui.measure.answers.judges import too_far_apart
from tui.measure.answers.quality import answers_of
from tui.records import FinishReason, Model, Prompt, RunRecord
from tui.records.judging import Pairing, Preferred
from tui.records.quality import Answer, RaterKind, Rating, ReplyForm
from tui.store import ratings
from tui.store.history import History
from tui.text import units

LOAD_S: Final = 300.0
SILENCE_S: Final = 120.0

_FORMS: Final = (ReplyForm.CONSTRAINED, ReplyForm.PARSED, ReplyForm.IGNORED)
"""The ways in which a reply met the requested form, from the best to the worst."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingWork:
    """The answers and pairs that a judge still has to judge."""

    answers: tuple[Answer, ...]
    pairs: tuple[tuple[Answer, Answer], ...]
    """Each pair of answers, in both orders."""
    own_answers: int
    """The number of the judge's own answers, which it does not judge."""
    judged_before: int
    """The number of answers and pairs that the judge has judged before."""

    @property
    def total(self) -> int:
        return len(self.answers) + len(self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One more answer or pair has been judged."""

    judgement: Rating | Pairing
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDied:
    """The judge could not be loaded or has died; the rest of its work stays undone."""

    words: str


class _Stopped(Exception):
    """A person stopped the judging."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """The reply of a judge to one request."""

    text: str
    whole: bool
    """Whether the reply ended before it reached the limit of tokens."""
    constrained: bool
    """Whether the engine accepted the form of the request."""
    thoughtful: bool
    """Whether the judge thought before it replied, or instead."""


def work_of(run: RunRecord, model: Model, history: History, *, itself: bool) -> JudgingWork:
    """Every answer of a run, and for each prompt every pair of two models' first answers, without those judged before.

    The judge's own answers are included only with ``itself``.
    """
    answers = answers_of(run)
    own = frozenset[str]() if itself else own_answers(run, model)
    judgeable = [answer for answer in answers if answer.answer_id not in own]
    rubrics = {prompt.id: prompts.rubric_hash(prompt) for prompt in run.plan.prompts}
    rated = {
        rating.answer_id
        for rating in ratings.ratings_of(history, [answer.answer_id for answer in judgeable])
        if rating.rater == model.key and rating.score is not None and rating.rubric == rubrics[rating.prompt_id]
    }
    compared = {
        (pairing.first_id, pairing.second_id)
        for pairing in ratings.pairings_of(history, model.key)
        if pairing.preferred is not None and pairing.rubric == rubrics.get(pairing.prompt_id)
    }
    pairs = [pair for prompt in run.plan.prompts for pair in _pairs(prompt, judgeable)]
    uncompared = [pair for pair in pairs if (pair[0].answer_id, pair[1].answer_id) not in compared]
    unrated = [answer for answer in judgeable if answer.answer_id not in rated]
    return JudgingWork(
        answers=tuple(unrated),
        pairs=tuple(uncompared),
        own_answers=len(answers) - len(judgeable),
        judged_before=len(judgeable) - len(unrated) + len(pairs) - len(uncompared),
    )


async def judge_run(
    run: RunRecord,
    model: Model,
    *,
    pool: ModelPool,
    history: History,
    stop: asyncio.Event,
    itself: bool = False,
    reply_tokens: int | None = None,
) -> AsyncGenerator[JudgingWork | Judged | JudgeDied | RunRecord, None]:
    """Yield the work, then each judgement, and at the end the run with all its ratings and judges.

    Nothing is loaded if there is nothing to judge. ``reply_tokens`` is the limit of each reply, thoughts included;
    without it the limit is raised for a judge that thinks.
    """
    work = work_of(run, model, history, itself=itself)
    yield work
    if work.total:
        judging = judge(run, model, work, pool=pool, history=history, stop=stop, reply_tokens=reply_tokens)
        async with contextlib.aclosing(judging) as events:
            async for event in events:
                yield event
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
    """Judge one run after the other as ``judge_run`` does, until the judge dies or ``stop`` is set."""
    for run in runs:
        died = False
        judging = judge_run(run, model, pool=pool, history=history, stop=stop, itself=itself)
        async with contextlib.aclosing(judging) as events:
            async for event in events:
                yield event
                died = died or isinstance(event, JudgeDied)
        if died or stop.is_set():
            return


async def judge(
    run: RunRecord,
    model: Model,
    work: JudgingWork,
    *,
    pool: ModelPool,
    history: History,
    stop: asyncio.Event,
    reply_tokens: int | None = None,
) -> AsyncGenerator[Judged | JudgeDied, None]:
    """Load the judge and let it judge one answer or pair after the other, until ``stop`` is set; then unload it."""
    try:
        loaded = await _unless(stop, pool.load(model, LOAD_S))
        session = _JudgingSession(run, model, loaded.engine, history, stop, reply_tokens)
        done = 0
        for answer in work.answers:
            done += 1
            yield Judged(judgement=await session.rate(answer), done=done, total=work.total)
        for first, second in work.pairs:
            done += 1
            yield Judged(judgement=await session.compare(first, second), done=done, total=work.total)
    except EngineDied as error:
        yield JudgeDied(words=str(error.cause))
    except _Stopped:
        return
    finally:
        await pool.unload(model.key, in_haste=True)


class _JudgingSession:
    """Sends the requests to the judge and saves its judgements."""

    def __init__(
        self,
        run: RunRecord,
        model: Model,
        engine: Engine,
        history: History,
        stop: asyncio.Event,
        reply_tokens: int | None,
    ) -> None:
        self._prompts = {prompt.id: prompt for prompt in run.plan.prompts}
        self._judge = model.key
        self._engine = engine
        self._history = history
        self._stop = stop
        self._per_second = run.plan.method.max_per_second
        self._may_raise_limit = reply_tokens is None
        self._reply_tokens = reply_tokens or MAX_TOKENS
        self._replied: ReplyForm | None = None
        """How well the replies about the current answer or pair met the form; the worst of them counts."""

    async def rate(self, answer: Answer) -> Rating:
        """Rate an answer twice, with the rubric from 1 to 5 and from 5 to 1."""
        prompt = self._prompts[answer.prompt_id]
        self._replied = None
        rating = Rating(
            answer_id=answer.answer_id,
            # A rating of its own answer names the judge itself, because self-preference is measured by such ratings.
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
            in_order, turned = [await self._ask(request, prompts.score_of) for request in requests]
        except UnusableReply as problem:
            rating = replace(rating, reason=str(problem))
        else:
            one, other = in_order.score, turned.score
            rating = replace(rating, in_order=one, turned=other, note=in_order.note)
            if too_far_apart(one, other):
                rating = replace(rating, reason=f"it gave {one}, and {other} with the scale turned round")
            else:
                rating = replace(rating, score=one if one == other else (one + other) / 2)
        rating = replace(rating, rated_at=_now(), replied=self._replied)
        ratings.add(self._history, rating)
        return rating

    async def compare(self, first: Answer, second: Answer) -> Pairing:
        """Compare two answers in this order only; the opposite order is a comparison of its own."""
        prompt = self._prompts[first.prompt_id]
        self._replied = None
        preferred: Preferred | None = None
        note = reason = ""
        try:
            reply = await self._ask(prompts.pair_request(prompt, first.text, second.text), prompts.preferred_of)
            preferred, note = reply.preferred, reply.note
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

    async def _ask(self, request: Request, read: Callable[[str], _Result]) -> _Result:
        """Ask the judge and read its reply; if the first reply is unusable, ask once more.

        Raises:
            UnusableReply: the second reply is unusable too.
        """
        try:
            return await self._read(request, read)
        except UnusableReply as problem:
            again = (
                f"{request.prompt}\n\nYour last reply could not be used: {problem}. Reply with the JSON object alone."
            )
            return await self._read(replace(request, prompt=again), read)

    async def _read(self, request: Request, read: Callable[[str], _Result]) -> _Result:
        """Ask the judge once, read its reply, and record how well it met the form.

        Raises:
            UnusableReply: the reply is incomplete or cannot be read.
        """
        reply = await self._reply(request)
        if not reply.whole and reply.thoughtful and self._may_raise_limit and self._reply_tokens < THINKING_TOKENS:
            self._reply_tokens = THINKING_TOKENS
            reply = await self._reply(request)
        if not reply.whole:
            self._record_form(reply, met=True)
            raise UnusableReply(f"it was not done after {units.count(self._reply_tokens)} tokens")
        try:
            result = read(reply.text)
        except UnusableReply:
            self._record_form(reply, met=False)
            raise
        # A reply in a code fence can be read, but an engine that constrains replies to JSON allows no code fence.
        self._record_form(reply, met=reply.text.lstrip().startswith("{"))
        return result

    def _record_form(self, reply: _Reply, *, met: bool) -> None:
        constrained = ReplyForm.CONSTRAINED if met else ReplyForm.IGNORED
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
        request = replace(request, per_second=self._per_second, max_tokens=self._reply_tokens)
        whole, constrained, thoughtful = True, False, False
        async with contextlib.aclosing(self._engine.generate(request, SILENCE_S)) as parts:
            async for part in parts:
                if isinstance(part, Pieces):
                    text += [piece.text for piece in part.pieces if not piece.reasoning]
                    thoughtful = thoughtful or any(piece.reasoning for piece in part.pieces)
                else:
                    whole, constrained = part.timeline.finish_reason is not FinishReason.LENGTH, part.constrained
        return _Reply("".join(text), whole=whole, constrained=constrained, thoughtful=thoughtful)


async def _unless(stop: asyncio.Event, doing: Coroutine[object, object, _Result]) -> _Result:
    """Await a coroutine and return its result, but cancel it once ``stop`` is set.

    Raises:
        _Stopped: ``stop`` was set.
    """
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
    """The ids of the answers that a model gave itself, in any of its builds."""
    keys = {other.key for other in run.plan.models if other.key == model.key or other.alias == model.alias}
    return frozenset(answer.answer_id for answer in answers_of(run) if keys & set(answer.keys))


def _pairs(prompt: Prompt, answers: Sequence[Answer]) -> list[tuple[Answer, Answer]]:
    """Every pair of two models' first answers to a prompt, in both orders."""
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
