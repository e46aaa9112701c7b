"""Ranges, as in ``40 to 42 km``, which an answer gives in place of one number."""

from __future__ import annotations

import re
from typing import Final

from tui.measure.answers.grading.quantities import AnswerNumber
from tui.measure.answers.grading.refusals import is_refused_before
from tui.measure.answers.grading.units import is_unit
from tui.measure.answers.scripts.normal import plain

_BETWEEN: Final = re.compile(
    plain(
        r"\b(?:between|zwischen|entre|tra|fra|tussen|między|mellan)\b|между|بین|بين|ما بين|"
        r"介于|在|အကြား|ระหว่าง|መካከል|arası"
    ),
    re.IGNORECASE,
)
"""What stands before a range, or after it, whose numbers ``and`` joins."""
_AND: Final = re.compile(
    plain(r"\s*(?:\b(?:and|und|et|y|e|en|i|och)\b|и|و|এবং|ও|और|اور|和|与|與|と|และ|กับ|እና|နှင့်)\s*"), re.IGNORECASE
)
_AFTER: Final = re.compile(plain(r"(?:\s*\S+)?\s*(?:এর মধ্যে|র মধ্যে|মধ্যে|के बीच|के मध्य|کے درمیان|之间|之間|の間|የሚሆን)"))
_TO: Final = re.compile(
    plain(
        r"\s*(?:\b(?:to|bis|à|a|até|tot|till|through)\b|до|থেকে|से|إلى|الی|حتى|سے|到|至|から|ないし|~|〜|～|ถึง|እስከ|မှ|에서|부터)\s*|"
        r"(?:-|--)| - "
    ),
    re.IGNORECASE,
)
_CHANGE: Final = re.compile(
    plain(
        r"\b(?:from|auf|de|du|desde|da|di|van|od|från|dal)\b|от|с|من|از|从|從|จาก|ከ|বেড়ে|কমে|बढ़|घट|बढ़|増え|減っ|上がり|下がり|上|下|増|減"
    ),
    re.IGNORECASE,
)
"""What tells of a change, the second number of which is the new one."""
_BEFORE: Final = 16
_SHORT: Final = 5
"""Up to this many words an answer that gives a range gives nothing else."""


def is_range(text: str, first: AnswerNumber, second: AnswerNumber) -> bool:
    """Whether two numbers that follow each other are the ends of a range; ``text`` is in the form of ``plain``."""
    between = text[first.end : second.start]
    for unit in first.units:
        before, _, after = between.partition(unit)
        if is_unit(unit, exactly=True) and not before.strip() and after.strip():
            between = after
            break
    lead = text[max(0, first.start - _BEFORE) : first.start]
    if _AND.fullmatch(between):
        return _BETWEEN.search(lead) is not None or _AFTER.match(text, second.end) is not None
    if not first.value < second.value or not _TO.fullmatch(between):
        return False
    if is_refused_before(text, first.start):
        return False
    return _CHANGE.search(text) is None or _BETWEEN.search(lead) is not None or len(text.split()) <= _SHORT
