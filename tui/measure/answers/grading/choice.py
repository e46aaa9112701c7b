"""The grader of choices: which of the labelled choices an answer takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tui.measure.answers.grading.corrections import CONCLUSIONS, REASONS, last_word
from tui.measure.answers.grading.refusals import Span, listed_together, refused
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.scripts.normal import bare, folded, plain
from tui.measure.answers.scripts.words import find_text
from tui.records.grading import Grade, Grader

_NAMED: Final = plain(
    r"(?:answers?|(?:right|correct|best) one|choice|option|letter|choose|pick|select|go with|antwort|lösung|"
    r"wähle|réponse|choisis|respuesta|elijo|resposta|risposta|scelgo|antwoord|ответ|вариант|cevap|seçenek|odpowiedź|정답|답|"
    r"উত্তর|विकल्प|उत्तर|الجواب|الإجابة|الاجابه|الاجابة|جواب|"
    r"答案|选|選|答え|正解|回答|คำตอบ|ข้อ|ตอบ|সঠিক|सही|درست|صحیح|الصحيح|الصحيحة|الاختيار|الخيار|انتخاب|বিকল্প|"
    r"መልሱ|መልስ|အဖြေ(?:မှန်)?(?:ကတော့|က|မှာ|သည်)?|\\boxed)"
)
_BETWEEN: Final = plain(
    r"(?:\s|[:：,，=*_({\[\"'`]|it\b|it's|must\b|has to\b|only\b|nur\b|noch\b|"
    r"is\b|would\b|be\b|are\b|ist\b|lautet\b|est\b|la\b|el\b|es\b|é\b|è\b|"
    r"the\b|correct\b|option\b|letter\b|"
    r"choice\b|die\b|der\b|das\b|le\b|l'|los\b|las\b|il\b|lo\b|o\b|হলো|হল|হচ্ছে|হবে|উত্তর|বিকল্প|उत्तर|विकल्प|होगा|الصحیحة|الصحیح|جواب|آپشن|ہوگا|हैं?|ہے|हى|هو|هي|ھے|是|应该|應該|应|为|為|正确|选项?|は|คือ|ที่ถูกต้อง|ที่ถูก|ถูกต้อง|ข้อ|ትክክለኛው|ነው|မှာ|မှန်|သည်){0,12}?"
)
_GOES_ON: Final = re.compile(r"\s+(?!(?:or|and|is|und|oder|oppure|o|ou|et|y|e|of|en|veya|lub|atau)\b)[a-z]")
_BOTH: Final = "or|and|und|oder|oppure|y|e|o|et|ou|of|en|или|и|veya|ve|lub|또는|أو|বা|এবং|या|और|或|和|または|と|/|,|&"
_ENDS_NAMING: Final = re.compile(rf"{_NAMED}{_BETWEEN}\Z", re.IGNORECASE)
_ENDS_REASONS: Final = re.compile(rf"{CONCLUSIONS}{_BETWEEN}\Z", re.IGNORECASE)
_ENDS_VERB: Final = re.compile(
    plain(
        r"(?:\b(?:is|are|was|were|be|ist|sind|war|est|sont|était|es|son|fue|era|é|são|foi|è|sono|это|является)\b|হলো|হল|هو|هي|是|คือ)"
        rf"{_BETWEEN}\Z"
    ),
    re.IGNORECASE,
)
"""What stands before a choice of which the sentence tells that it is the one, as in ``The capital is Lima.``"""
_SENTENCE_END: Final = re.compile(r"[\s*_)\"'\]]*(?:[.!;።।。؛۔]|\Z)")
_SENTENCE_START: Final = re.compile(
    r"(?:\A|[.!?।。؟۔\n])[\s*_\"'(-]*(?:(?:the|der|die|das|le|la|les|el|los|las|il|lo)\s)?\Z", re.IGNORECASE
)
_OPENING: Final = re.compile(
    r"[\W_]*(?:(?:the|der|die|das|le|la|les|el|los|las|o|os|as|il|lo)\s)?[\W_]*", re.IGNORECASE
)
_CLOSED: Final = re.compile(rf"[\s*_)\"'\]]*(?:[.,;:!(—।。，、؛،။።-]|\Z|(?:{REASONS})\b)")
"""What parts a choice at the beginning of an answer from the reasons for it."""
_AROUND: Final = 60
"""The number of characters before a choice in which the words that introduce it stand."""
_TICK: Final = re.compile("[✅✓✔☑🗸]")
_CROSS: Final = re.compile("[❌✗✘❎☒]")
_SMALL_WORDS: Final = frozenset("aioe")
"""Labels that are words of some language where they are written small."""
_LATIN: Final = r"A-Za-z0-9À-ɏ'"
_KANA: Final = "ァ-ヶー"
_SIGNS: Final = "\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u1000-\u1049\u104c-\u109f"
"""Signs that are written at letters, and the letters of scripts that are full of them."""
_MOST_WORDS: Final = 12
"""Up to this many words an answer is read as a whole, and a label may stand anywhere in it."""


def grade(grader: Grader, text: str) -> Grade:
    """Grade the choice of an answer: its label or, if the texts of the choices are known, its text."""
    answer = plain(without_thoughts(text)).strip()
    right = _shown(grader, grader.right)
    if not answer:
        return Grade.of(grader, 0, f"there is no answer; {right} is right")
    last = last_word(answer)
    taken = _taken(grader, last) if last else []
    taken = taken if len(taken) == 1 or last == answer else _taken(grader, answer)
    if not taken:
        return Grade.of(grader, 0, f"it takes none of {', '.join(grader.labels)}; {right} is right")
    if len(taken) > 1:
        return Grade.of(grader, 0, f"it takes more than one: {' and '.join(taken)}")
    if taken[0] != grader.right:
        return Grade.of(grader, 0, f"it takes {_shown(grader, taken[0])}; {right} is right")
    return Grade.of(grader, 1, f"it takes {right}")


def _taken(grader: Grader, answer: str) -> list[str]:
    """List the labels that an answer takes: those it names as its answer, else that it begins with, else all in it."""
    whole = bare(answer, with_article=True)
    for label, choice in zip(grader.labels, grader.choices or grader.labels, strict=True):
        if whole in {bare(text, with_article=True) for text in (label, choice, f"{label} {choice}")}:
            return [label]
    answer = _without_refused(grader, _ticked(answer))
    finders = (_named, _leading, _concluded, _alone)
    for find in finders:
        taken = list(dict.fromkeys(find(grader.labels, answer)))
        if taken:
            return taken
    return _by_text(grader, answer)


def _ticked(answer: str) -> str:
    """Return the ticked lines of a checklist or, if none is ticked, those that are not crossed."""
    lines = answer.splitlines()
    ticked = [line for line in lines if _TICK.search(line)]
    kept = ticked or [line for line in lines if not _CROSS.search(line)]
    return "\n".join(_TICK.sub(" ", line).strip() for line in kept) if kept else answer


def _without_refused(grader: Grader, answer: str) -> str:
    """Leave out the labels that an answer takes for wrong, each with the text of its choice if that follows."""
    texts = dict(zip(grader.labels, grader.choices, strict=False))
    with_texts = "|".join(
        rf"{re.escape(plain(label))}(?:[).:\]]*\s*[(\"']?(?i:{re.escape(plain(texts[label]))}))?"
        if label in texts
        else re.escape(plain(label))
        for label in sorted(grader.labels, key=len, reverse=True)
    )
    label = re.compile(rf"{_start_of(grader.labels)}(?:{with_texts}){_end_of(grader.labels)}")
    mentions = [match.span() for match in label.finditer(answer)]
    for start, end in sorted(refused(answer, mentions), reverse=True):
        answer = f"{answer[:start]} {answer[end:]}"
    return answer


def _label(labels: Sequence[str]) -> str:
    return "|".join(re.escape(plain(label)) for label in sorted(labels, key=len, reverse=True))


def _start_of(labels: Sequence[str]) -> str:
    return rf"(?<![{_letters_beside(labels)}])"


def _end_of(labels: Sequence[str]) -> str:
    return rf"(?![{_letters_beside(labels)}])"


def _letters_beside(labels: Sequence[str]) -> str:
    """The characters of which a label would be a part; a letter of Latin stands alone between Chinese ones."""
    if all(label.isascii() for label in labels):
        return _LATIN
    return _KANA if all(re.fullmatch(f"[{_KANA}]", label) for label in labels) else rf"\w'{_SIGNS}"


def _own(labels: Sequence[str], label: str) -> str:
    """The label as it is written in the file."""
    return next(own for own in labels if plain(own).casefold() == label.casefold())


def _named(labels: Sequence[str], answer: str) -> list[str]:
    """The label that an answer names as its answer last."""
    return _introduced(labels, answer, _NAMED)


def _concluded(labels: Sequence[str], answer: str) -> list[str]:
    """The label at which the reasons of an answer arrive last."""
    return _introduced(labels, answer, CONCLUSIONS)


def _introduced(labels: Sequence[str], answer: str, words: str) -> list[str]:
    """The label, or the two of a pair, that stands behind certain words last."""
    pattern = re.compile(
        rf"{words}{_BETWEEN}(?P<label>{_label(labels)}){_end_of(labels)}"
        rf"(?P<other>\s*(?:{_BOTH})\s*(?P<second>{_label(labels)})\b)?",
        re.IGNORECASE,
    )
    matches = [match for match in pattern.finditer(answer) if match["other"] or match["label"] not in _SMALL_WORDS]
    if not matches:
        return []
    last = matches[-1]
    if last["other"]:
        return [
            _own(labels, label) for label in re.findall(_label(labels), last[0][last.start("label") - last.start() :])
        ]
    return [_own(labels, last["label"])]


def _leading(labels: Sequence[str], answer: str) -> list[str]:
    """The label that an answer begins with, followed by a sign, the end of the line or the reason for it."""
    letters = "i" if min(map(len, labels)) > 1 else "-i"
    second = rf"\s*(?:{_BOTH})\s*(?P<other>(?{letters}:{_label(labels)})){_end_of(labels)}"
    closed = rf"(?={second})|\s*(?:[).:,\]*_`]|[\"'-](?!\w)|$)|\s+(?:{REASONS}|is|ist|es)\b"
    match = re.match(
        rf"[\s*_(\[\"'`]*(?P<label>{_label(labels)})(?:{closed})",
        answer,
        re.MULTILINE,
    )
    if match is None:
        return []
    other = re.compile(second).match(answer, match.end("label"))
    if other is not None:
        return [_own(labels, match["label"]), _own(labels, other["other"])]
    starts = re.findall(rf"^[\s*_(\[]*({_label(labels)})\s*[).:\]]", answer, re.MULTILINE)
    # An answer that lists the choices again takes none of them by that.
    return [_own(labels, match["label"])] if len(set(starts)) <= 1 else []


def _alone(labels: Sequence[str], answer: str) -> list[str]:
    """The labels that stand as words of their own; the article ``A`` counts only where no word follows it."""
    taken, words = list[str](), len(answer.split())
    for match in re.finditer(rf"{_start_of(labels)}(?P<label>{_label(labels)}){_end_of(labels)}", answer):
        label = match["label"]
        if label in ("A", "I") and _GOES_ON.match(answer, match.end()):
            continue
        if label.isdigit() and words > _MOST_WORDS:
            continue
        taken.append(_own(labels, label))
    return taken


def _by_text(grader: Grader, answer: str) -> list[str]:
    """The labels of the choices whose texts stand in the answer, and are neither refused nor parts of longer ones."""
    words = folded(answer)
    spans = {
        span: label
        for label, choice in zip(grader.labels, grader.choices, strict=False)
        for span in _spans(choice, words)
    }
    whole = sorted(span for span in spans if not any(_is_within(span, other) for other in spans))
    wrong = refused(words, whole)
    taken = {spans[span] for span in _decided(words, [span for span in whole if span not in wrong])}
    return [label for label in grader.labels if label in taken]


def _decided(words: str, mentions: Sequence[Span]) -> Sequence[Span]:
    """Of the mentions that nothing refuses the one that is named as the answer, else opens, ends or is told; or all."""
    groups = listed_together(words, mentions)
    before = [words[max(0, group[0][0] - _AROUND) : group[0][0]] for group in groups]
    named = [group for group, lead in zip(groups, before, strict=True) if _ENDS_NAMING.search(lead)]
    if named:
        return named[-1]
    if groups and _OPENING.fullmatch(words, 0, groups[0][0][0]) and _CLOSED.match(words, groups[0][-1][1]):
        return groups[0]
    concluded = [group for group, lead in zip(groups, before, strict=True) if _ENDS_REASONS.search(lead)]
    if concluded:
        return concluded[-1]
    told = [
        group
        for group, lead in zip(groups, before, strict=True)
        if _ENDS_VERB.search(lead) and _SENTENCE_END.match(words, group[-1][1])
    ]
    if len(told) == 1:
        return told[0]
    # The first sentence ends with the answer, and what begins the others only explains.
    starts = [_SENTENCE_START.search(lead) is not None for lead in before]
    ends_first = bool(groups) and not starts[0] and _SENTENCE_END.match(words, groups[0][-1][1]) is not None
    return groups[0] if ends_first and len(groups) > 1 and all(starts[1:]) else mentions


def _is_within(span: Span, other: Span) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _spans(choice: str, words: str) -> Iterator[Span]:
    place = 0
    while (span := find_text(choice, words, place)) is not None:
        yield span
        place = max(span[1], place + 1)


def _shown(grader: Grader, label: str) -> str:
    place = grader.labels.index(label)
    return f"{label} ({grader.choices[place]})" if grader.choices and grader.choices[place] != label else label
