"""A choice as Markdown for people and as JSON for other tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tui.measure.comparison.reference_rows import reference_sentence
from tui.measure.decision import advice, licences
from tui.records import ModelSummary
from tui.records.comparison import Difference, Quantity, marked
from tui.records.decision import (
    QUANTITIES,
    Candidate,
    Choice,
    CommercialUse,
    Dimension,
    Ranked,
    ScatterPoint,
)
from tui.text import escape, units
from tui.text.escape import markdown_inline
from tui.text.tables import TableColumn, drawn

SCHEMA: Final = 1

HOW: Final = (
    "Scores from 0 to 100 among these models: latency (TTFT p50), memory (peak RSS, and VRAM where it is known) and "
    "footprint (size on the disk) as smallest / own, throughput (decode rate p50) as own / largest, quality as its "
    "share of 100 %, licence 100 where commercial use is allowed and 50 under conditions. The whole is their mean by "
    "weight, over the dimensions that are known of every model. `~` is an estimate, `c` from a cache and `?` another "
    "doubt: such a number is in no score. `!` tells that other programs were busy."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice with what it was made from."""

    choice: Choice
    candidates: tuple[Candidate, ...]
    preset: str
    differences: tuple[Difference, ...] = ()
    """How the runs that the candidates are from differ."""
    untrusted: tuple[str, ...] = ()
    """The models that have judged the answers but are not trusted, so that their ratings do not count."""
    references: tuple[ModelSummary, ...] = ()
    """Rows of other machines that are shown beside the ranking; they are in no score."""


def markdown(decision: Decision) -> str:
    """Write the whole decision."""
    choice = decision.choice
    sections = [
        "# Benchtop: choosing a model",
        markdown_recommendation(choice),
        _remarks(decision),
        f"## Ranking\n\n{ranking_table(choice)}" if choice.ranking else "",
        f"## What it rests on\n\n{facts_table(decision.candidates, choice)}" if decision.candidates else "",
        f"## Quality against speed\n\n{drawn(_SCATTER_COLUMNS, choice.spots)}" if choice.spots else "",
        f"## How it is counted\n\n{HOW}",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def markdown_recommendation(choice: Choice) -> str:
    """Write the verdict in bold, and what is doubtful behind it."""
    return " ".join((f"**{markdown_inline(advice.verdict(choice))}**", *map(markdown_inline, advice.doubts(choice))))


def json_text(decision: Decision) -> str:
    """Write the whole decision as JSON, with the recommendation in words."""
    choice = decision.choice
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "preset": decision.preset,
        "recommendation": advice.recommendation(choice),
        "remarks": remarks(decision),
        **msgspec.to_builtins(choice),
        "candidates": msgspec.to_builtins(decision.candidates),
    }
    return escape.json_document(escape.without_surrogates(json.dumps(document, indent=2, ensure_ascii=False))) + "\n"


def remarks(decision: Decision) -> tuple[str, ...]:
    """Return what a reader must know of the decision, first how the runs behind it differ."""
    differing = ", ".join(dict.fromkeys(difference.what for difference in decision.differences))
    warning = (
        [f"The models are from runs that were not alike ({differing}): measure them in one run."] if differing else []
    )
    judges = [f"The ratings by {judge} do not count: as a judge it is not trusted." for judge in decision.untrusted]
    references = map(reference_sentence, decision.references)
    return (*warning, *judges, *advice.remarks(decision.choice), *references)


def ranking_table(choice: Choice) -> str:
    """Write a table of each model's score with the part that each dimension gives to it."""
    return drawn(ranking_columns(choice), choice.ranking)


def ranking_columns(choice: Choice) -> Sequence[TableColumn[Ranked]]:
    """Return the columns of the ranking: the score, and a column a dimension."""
    columns: list[TableColumn[Ranked]] = [
        TableColumn("Rank", lambda model: units.count(model.rank)),
        TableColumn("Model", lambda model: model.key, right=False, data=True),
        TableColumn("Score", lambda model: units.points(model.score)),
    ]
    for index, dimension in enumerate(Dimension):
        columns.append(
            TableColumn(f"{dimension.value} ({units.percent(choice.shares.get(dimension))})", _contribution(index))
        )
    return columns


def facts_table(candidates: Sequence[Candidate], choice: Choice) -> str:
    """Write a table of the numbers behind the scores, with the sources of licence and size."""
    values = {model.key: {part.dimension: part.value for part in model.parts} for model in choice.ranking}
    columns: tuple[TableColumn[Candidate], ...] = (
        TableColumn("Model", lambda model: markdown_inline(model.key), right=False),
        TableColumn("TTFT p50", _ttft),
        TableColumn("Decode", _decode),
        TableColumn("Memory", lambda model: units.size(model.memory_bytes)),
        TableColumn("Quality", lambda model: units.percent(values.get(model.key, {}).get(Dimension.QUALITY))),
        TableColumn("Disk", lambda model: _with_source(units.size(model.origin.disk_bytes), model.origin.disk_source)),
        TableColumn(
            "Licence", lambda model: _with_source(model.origin.licence, model.origin.licence_source), right=False
        ),
        TableColumn("Commercial use", _use, right=False),
        TableColumn("Run", lambda model: markdown_inline(model.run_id), right=False),
    )
    return drawn(columns, candidates)


def _ttft(model: Candidate) -> str:
    text = units.milliseconds(model.ttft_ms.value if model.ttft_ms else None)
    return _marked(text, model, Dimension.LATENCY) if model.ttft_ms else text


def _decode(model: Candidate) -> str:
    text = units.rate(model.decode_tok_s.value if model.decode_tok_s else None)
    return _marked(text, model, Dimension.THROUGHPUT) if model.decode_tok_s else text


def _marked(text: str, model: Candidate, dimension: Dimension) -> str:
    in_doubt = dimension in model.doubts
    return marked(text, model.flags, QUANTITIES[dimension], in_doubt=in_doubt, disturbed=model.disturbed > 0)


def _remarks(decision: Decision) -> str:
    return "\n".join(f"- {markdown_inline(sentence)}" for sentence in remarks(decision))


def _contribution(index: int) -> Callable[[Ranked], str]:
    return lambda model: units.points(model.parts[index].contribution)


def _with_source(value: str | None, source: str) -> str:
    if not value or value == units.UNKNOWN:
        return units.UNKNOWN
    return markdown_inline(f"{value} ({source})" if source else value)


def _use(candidate: Candidate) -> str:
    words = licences.licence_terms(candidate.origin.licence).words
    return f"{candidate.use.value}: {words}" if candidate.use is CommercialUse.CONDITIONS else candidate.use.value


_SCATTER_COLUMNS: Final[tuple[TableColumn[ScatterPoint], ...]] = (
    TableColumn("Model", lambda point: markdown_inline(point.key), right=False),
    TableColumn("Quality", lambda point: units.percent(point.quality)),
    TableColumn("Decode", lambda point: marked(units.rate(point.decode_tok_s), point.flags, Quantity.DECODE)),
    TableColumn("Memory", lambda point: units.size(point.memory_bytes)),
    TableColumn("On the Pareto front", lambda point: "yes" if point.on_front else "no", right=False),
)
