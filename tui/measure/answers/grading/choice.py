"""The grader of choices: which of the labelled choices an answer takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tui.measure.answers.grading.corrections import last_word
from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.scripts.normal import bare, folded, plain
from tui.measure.answers.scripts.words import find_text, has_word
from tui.records.grading import Grade, Grader

_NAMED: Final = plain(
    r"(?:answers?|(?:right|correct|best) one|choice|option|letter|choose|pick|select|go with|antwort|lösung|"
    r"wähle|réponse|choisis|respuesta|elijo|resposta|risposta|scelgo|antwoord|ответ|вариант|cevap|seçenek|odpowiedź|정답|답|"
    r"উত্তর|विकल्प|उत्तर|الجواب|الإجابة|الاجابه|الاجابة|جواب|"
    r"答案|选|選|答え|正解|回答|คำตอบ|ข้อ|ตอบ|সঠিক|सही|درست|صحیح|الصحيح|الصحيحة|الاختيار|الخيار|انتخاب|বিকল্প|"
    r"መልሱ|መልስ|အဖြေ(?:မှန်)?(?:ကတော့|က|မှာ|သည်)?|\\boxed)"
)
_BETWEEN: Final = plain(
    r"(?:\s|[:：=*_({\[\"'`]|is\b|would\b|be\b|are\b|ist\b|lautet\b|est\b|la\b|el\b|es\b|é\b|è\b|the\b|correct\b|option\b|letter\b|"
    r"choice\b|die\b|der\b|হলো|হল|হচ্ছে|হবে|উত্তর|বিকল্প|उत्तर|विकल्प|होगा|الصحیحة|الصحیح|جواب|آپشن|ہوگا|हैं?|ہے|हى|هو|هي|ھے|是|应该|應該|应|为|為|正确|选项?|は|คือ|ที่ถูกต้อง|ที่ถูก|ถูกต้อง|ข้อ|ትክክለኛው|ነው|မှာ|မှန်|သည်){0,12}?"
)
_NEGATED: Final = re.compile(r"\b(?:not|isn't|nicht|pas|no|non|não|niet)\b\W*\Z", re.IGNORECASE)
_GOES_ON: Final = re.compile(r"\s+(?!(?:or|and|is|und|oder|oppure|o|ou|et|y|e|of|en|veya|lub|atau)\b)[a-z]")
_BOTH: Final = "or|and|und|oder|oppure|y|e|o|et|ou|of|en|или|и|veya|ve|lub|또는|أو|বা|এবং|या|और|或|和|または|と|/|,|&"
_REASONS: Final = "because|since|as|is|weil|ist|porque|es|parce|car"
_REFUSED_BEFORE: Final = re.compile(
    r"(?:\bnot|\bnicht|\binstead of|\brather than|\bstatt|\bno es|\bn'est pas|不是)\W*\Z",
    re.IGNORECASE,
)
_REFUSED_AFTER: Final = re.compile(
    r"\W*(?:is|was|ist|war|es|est)?\s*(?:es)?\s*(?:\bnot\b|\bnicht\b|n'est pas|নয়|नहीं|نہیں|ではなく)", re.IGNORECASE
)
_NOT_BEFORE: Final = plain(r"不是|不选|不選|并非|並非|而非|不|ليست|ليس|لیست|لیس|غير|ไม่ใช่ข้อ|ไม่ใช่|not|isn't")
_NOT_AFTER: Final = plain(
    r"নয়|নয়|না,|ভুল|नहीं|गलत|ग़लत|نہیں|غلط|خطا|خاطئة|ではな[いく]|ではありません|じゃな[いく]|は間違い|は違い|"
    r"መልስ አይደለም|አይደለም|ስህተት ነው|မဟုတ်|မှား|ผิด|不对|不對|不正确|是错的|错误|는 아니|가 아니|이 아니|değil|"
    r"wrong|incorrect|false|is not|isn't|is wrong|is incorrect"
)
"""What stands before or after labels that an answer takes for wrong, in languages whose order of words is free."""
_LATIN: Final = r"A-Za-z0-9À-ɏ'"
_KANA: Final = "ァ-ヶー"
_SIGNS: Final = "\u0300-\u036f\u064b-\u0652\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u1000-\u1049\u104c-\u109f"
"""Signs that are written at letters, and the letters of scripts that are full of them."""
_RULED_OUT: Final = (
    r"(?:n't|\bnot|\bcannot|\bneither|\bnor|\brule[sd]? out|\beliminat\w+|\bexclud\w+|\bweder|\bnicht|\bné|\bni)"
    r"(?:\s+be)?\s+"
)
"""What stands before labels that an answer rules out, one or several."""
_NEAR: Final = 24
"""The number of characters before a label in which a word stands that takes it for wrong."""
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
    answer = _without_refused(grader.labels, answer)
    finders = (_named, _leading, _alone)
    for find in finders:
        taken = list(dict.fromkeys(find(grader.labels, answer)))
        if taken:
            return taken
    return _by_text(grader, answer)


def _without_refused(labels: Sequence[str], answer: str) -> str:
    """Leave out the labels that an answer takes for wrong."""
    label = rf"[(\[*\"']*{_start_of(labels)}(?:{_label(labels)}){_end_of(labels)}[)\]*\"']*"
    left = re.sub(rf"(?:{_NOT_BEFORE})\s*{label}", " ", answer)
    return re.sub(rf"{label}\s*(?:ہے |है )?(?:{_NOT_AFTER})", " ", left)


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
    pattern = re.compile(
        rf"{_NAMED}{_BETWEEN}(?P<label>{_label(labels)}){_end_of(labels)}"
        rf"(?P<other>\s*(?:{_BOTH})\s*(?P<second>{_label(labels)})\b)?",
        re.IGNORECASE,
    )
    matches = list(pattern.finditer(answer))
    if not matches:
        return []
    last = matches[-1]
    if last["other"]:
        return [
            _own(labels, label) for label in re.findall(_label(labels), last[0][last.start("label") - last.start() :])
        ]
    if last["label"].isalpha() and last["label"].islower() and last["label"] in ("a", "i", "o", "e"):
        return []
    return [_own(labels, last["label"])]


def _leading(labels: Sequence[str], answer: str) -> list[str]:
    """The label that an answer begins with, followed by a sign, the end of the line or the reason for it."""
    match = re.match(
        rf"[\s*_(\[\"'`]*(?P<label>{_label(labels)})(?:\s*(?:[).:,\]*_`\"'-]|$)|\s+(?:{_REASONS})\b)",
        answer,
        re.MULTILINE,
    )
    if match is None:
        return []
    other = re.compile(rf"\s*(?:{_BOTH})\s*(?P<label>{_label(labels)}){_end_of(labels)}").match(
        answer, match.end("label")
    )
    if other is not None:
        return [_own(labels, match["label"]), _own(labels, other["label"])]
    starts = re.findall(rf"^[\s*_(\[]*({_label(labels)})\s*[).:\]]", answer, re.MULTILINE)
    # An answer that lists the choices again takes none of them by that.
    return [_own(labels, match["label"])] if len(set(starts)) <= 1 else []


def _alone(labels: Sequence[str], answer: str) -> list[str]:
    """The labels that stand as words of their own; the article ``A`` counts only where no word follows it."""
    taken, words = list[str](), len(answer.split())
    one = rf"[(\[*\"']*(?:{_label(labels)}){_end_of(labels)}[)\]*\"']*"
    answer = re.sub(rf"(?i:{_RULED_OUT}){one}(?:\s*(?:,|or|and|nor|noch|oder|und)+\s*{one})*", " ", answer)
    for match in re.finditer(rf"{_start_of(labels)}(?P<label>{_label(labels)}){_end_of(labels)}", answer):
        label = match["label"]
        if label in ("A", "I") and _GOES_ON.match(answer, match.end()):
            continue
        negated = _NEGATED.search(answer[max(0, match.start() - _NEAR) : match.start()]) is not None
        if negated or (label.isdigit() and words > _MOST_WORDS):
            continue
        taken.append(_own(labels, label))
    return taken


def _by_text(grader: Grader, answer: str) -> list[str]:
    """The labels of the choices whose texts stand in the answer, and are neither refused nor parts of longer ones."""
    words = folded(answer)
    held = [
        (label, choice)
        for label, choice in zip(grader.labels, grader.choices, strict=False)
        if any(not _is_refused(words, span) for span in _spans(choice, words))
    ]
    return [
        label
        for label, choice in held
        if not any(other != choice and has_word(choice, folded(other)) for _, other in held)
    ]


def _spans(choice: str, words: str) -> Iterator[tuple[int, int]]:
    place = 0
    while (span := find_text(choice, words, place)) is not None:
        yield span
        place = max(span[1], place + 1)


def _is_refused(words: str, span: tuple[int, int]) -> bool:
    before, after = words[max(0, span[0] - _NEAR) : span[0]], words[span[1] : span[1] + _NEAR]
    return _REFUSED_BEFORE.search(before) is not None or _REFUSED_AFTER.match(after) is not None


def _shown(grader: Grader, label: str) -> str:
    place = grader.labels.index(label)
    return f"{label} ({grader.choices[place]})" if grader.choices and grader.choices[place] != label else label
