"""How the rounds of a run went, in sentences for its report and for the command line."""

from __future__ import annotations

from tui.measure.timing.rounds import RoundsSummary, rounds_summaries
from tui.measure.timing.segments import segment_count
from tui.records import RunRecord
from tui.records.statistics import OtherText, Repeatable
from tui.reports.context import ReportContext
from tui.reports.markup import Markup
from tui.text import units
from tui.text.tables import all_of, counted, listed


def course_lines(context: ReportContext, markup: Markup) -> list[str]:
    """Tell whether the run was resumed, how each model's rounds went, and which models repeat their texts."""
    run = context.run
    names = {summary.key: markup.name(summary) for summary in context.summaries}
    summaries = rounds_summaries(run)
    lines = [_resumed(run)] if segment_count(run) > 1 else []
    for rounds in summaries:
        lines += [f"{names[rounds.key]}: {markup.data(sentence)}." for sentence in course_sentences(run, rounds)]
    same = [names[rounds.key] for rounds in summaries if rounds.repeatability.repeatable is Repeatable.YES]
    if same:
        lines.append(f"Repeatable at temperature 0, with the same text in every round of a prompt: {listed(same)}.")
    return lines


def course_sentences(run: RunRecord, rounds: RoundsSummary) -> list[str]:
    """Tell whether a model's intervals are as narrow as was asked for, what disturbed it, and which texts differ.

    The sentences have neither a subject nor a full stop: a report puts the model before them. The ids of prompts that
    they name are data.
    """
    sentences = (_reach(run, rounds), _disturbed(run, rounds), _differing_texts(rounds))
    return [sentence for sentence in sentences if sentence]


def _reach(run: RunRecord, rounds: RoundsSummary) -> str:
    """Tell what adding rounds has come to; empty if none were to be added."""
    wanted = run.plan.method.until_interval
    if wanted is None:
        return ""
    spent = counted(rounds.rounds, "round")
    if rounds.launches > 1:
        spent += f" in {counted(rounds.launches, 'launch', 'launches')}"
    if rounds.half_width is None:
        return f"after {spent} there is no 95 % interval yet, and {units.share(wanted)} to each side was asked for"
    if rounds.half_width > wanted:
        reached = units.share(rounds.half_width)
        return f"after {spent} the 95 % interval still reaches {reached}, and {units.share(wanted)} was asked for"
    return f"after {spent} the 95 % interval reaches no further than {units.share(rounds.half_width)}, as was asked for"


def disturbed_share(disturbed: int, requests: int) -> str:
    """Write how many were disturbed: ``2 of 9 requests were disturbed``, ``both requests were disturbed``."""
    of_all = all_of(requests, "request") if disturbed == requests > 1 else ""
    share = of_all or f"{units.count(disturbed)} of {counted(requests, 'request')}"
    return f"{share} {'was' if disturbed == 1 else 'were'} disturbed"


def _disturbed(run: RunRecord, rounds: RoundsSummary) -> str:
    if not rounds.disturbed:
        return ""
    kinds = listed([f"{kind.value} {units.count(count)}" for kind, count in rounds.disturbances.items()])
    effect = (
        "they are left out of every number"
        if run.without_disturbed
        else "they are included, and --without-disturbed leaves them out"
    )
    return f"{disturbed_share(rounds.disturbed, rounds.requests)} ({kinds}){_longer(rounds)}; {effect}"


def _longer(rounds: RoundsSummary) -> str:
    """Tell how much the disturbances mattered, as far as undisturbed requests of the same prompts tell it."""
    longer = rounds.disturbed_longer
    if longer is None:
        return ", and how much that mattered is not known, since no request of the same prompt was undisturbed"
    than = "than undisturbed requests of the same prompts"
    return f", which took {units.share(abs(longer))} {'longer' if longer >= 0 else 'less time'} {than}"


def _differing_texts(rounds: RoundsSummary) -> str:
    others = "; ".join(_other_text(text) for text in rounds.repeatability.others)
    return f"not repeatable at temperature 0, the text differs: {others}" if others else ""


def _other_text(text: OtherText) -> str:
    return (
        f"{text.prompt_id} in {counted(text.rounds, 'round')}, first in round {text.round} of launch "
        f"{text.launch} from character {units.count(text.character)} on"
    )


def _resumed(run: RunRecord) -> str:
    again = "What had failed or was broken off was tried again and counts as it came out last."
    return (
        f"The run was resumed: it was measured in {segment_count(run)} segments, each with newly loaded models. {again}"
    )
