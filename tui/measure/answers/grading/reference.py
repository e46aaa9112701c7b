"""The graders that compare an answer with texts: reference answers, and texts to be contained in their order."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from typing import Any, Final

from tui.measure.answers.grading.replies import without_thoughts
from tui.measure.answers.scripts.normal import bare, folded, plain
from tui.measure.answers.scripts.words import find_text, words_of
from tui.records.grading import Grade, Grader, Likeness

_MOST_CHARACTERS: Final = 20_000
_LEAD: Final = re.compile(
    r"(?i)\A\W*(?:(?:the |my )?(?:final |correct |right )?answer(?: is)?|(?:die )?antwort(?: ist| lautet)?|"
    r"(?:la )?réponse(?: est)?|(?:la )?respuesta(?: es)?|(?:la )?risposta(?: è)?|(?:a )?resposta(?: é)?|ответ|cevap|"
    r"(?:সঠিক )?উত্তর(?: হলো| হল| হচ্ছে)?|(?:सही )?उत्तर(?: है)?|(?:الجواب|الإجابة)(?: الصحيحة| الصحيح)?(?: هو| هي)?|"
    r"(?:درست |صحیح )?جواب(?: ہے)?|(?:ትክክለኛው )?መልሱ?|အဖြေ(?:မှန်)?(?:မှာ|က|သည်)?|คำตอบ(?:ที่ถูกต้อง)?(?:คือ)?|(?:ตอบ)|"
    r"(?:正确)?答案(?:应该)?(?:是|为)?|(?:正解|答え|回答)(?:は|：)?|정답(?:은)?|"
    r"(?:it|that|this|he|she)(?: is| was|'s)|إنه|إنها|كان|كانت|คือ|是|یہ|यह|এটি|তিনি|c'est|das ist|es ist|è|es)"
    r"(?:\s*[:：፦]\W*|\s+|(?<=[是为は은อမှာကသည်บ]))(?=\S)"
)
"""The words with which an answer names itself; they are no part of it."""
_TAIL: Final = re.compile(
    plain(
        r"(?:です(?:ね|よ)?|でした|である|になります|となります|だ|ครับผม|ครับ|นะคะ|ค่ะ|คะ|จ้ะ|입니다|이에요|예요|이다|"
        r"ဖြစ်ပါတယ်|ဖြစ်ပါသည်|ဖြစ်သည်|ဖြစ်တယ်|ပါ|\sहै|\sहैं|\sہے|\sہیں|\sነው|\sናቸው|\sናት|\sነች|\sነበር|\sነበረች|\sহয়|\sছিলেন|\sथे|\sथीं|\sتھے|"
        r"さん|氏|様|先生|女士|씨|님|\sजी|\sجی|\sصاحب|\sসাহেব)\W*\Z"
    )
)
"""What ends a polite or whole sentence that says nothing but the answer."""
_TITLE: Final = re.compile(
    plain(
        r"(?i)\A\W*(?:(?:mr|mrs|ms|dr|prof|professor|doctor|sir|king|queen|president|herr|frau|monsieur|madame|m|mme|señor|señora)\b\.?\s|(?:ড|ডা|ডঃ|জনাব|श्री|श्रीमती|"
        r"डॉ|डॉक्टर|السيد|الأستاذ|الأستاذة|الشيخ|الملك|الأمير|الرئيس|استاد|অধ্যাপক|प्रोफेसर|पंडित|پروفیسر|السيدة|الدكتور|د|جناب|ڈاکٹر|حضرت|አቶ|ወ/ሮ|ዶ/ር|ดร|นาย|นาง|นางสาว)\.?\s|คุณ|ဦး|ဒေါ်|是)"
    )
)
"""What stands before a name and is no part of it."""
_NAMES: Final = {Likeness.EQUAL: "equal", Likeness.F1: "F1 of words", Likeness.EDIT: "likeness of characters"}


def grade(grader: Grader, text: str) -> Grade:
    """Grade the answer by the reference answer that it is most like."""
    whole = without_thoughts(text)[:_MOST_CHARACTERS]
    without_lead = _LEAD.sub("", whole, count=1)
    shown = [form for text in (whole, without_lead) for form in (text, _TITLE.sub("", plain(text), count=1))]
    forms = dict.fromkeys(bare(form) for form in (*shown, *map(_without_tail, shown)))
    likeness, reference = max(
        (
            (_likeness(grader.likeness, form, bare(reference)), reference)
            for reference in grader.answers
            for form in forms
        ),
        key=lambda pair: pair[0],
    )
    if grader.likeness is Likeness.EQUAL:
        if likeness:
            return Grade.of(grader, 1, f'it equals "{reference}"')
        return Grade.of(grader, 0, f"it is not {' or '.join(_quoted(answer) for answer in grader.answers)}")
    reached = f'{_NAMES[grader.likeness]} with "{_cut(reference)}" {likeness:.2f}, {grader.at_least:.2f} is right'
    if likeness >= grader.at_least:
        return Grade.of(grader, 1, reached)
    if grader.likeness is Likeness.EDIT and likeness < grader.at_least / 2:
        # Texts that have nothing to do with each other share a quarter of their characters by chance.
        likeness = 0.0
    return Grade.of(grader, min(likeness, 0.99), reached)


def _without_tail(text: str) -> str:
    return _TAIL.sub("", plain(text), count=1)


def grade_order(grader: Grader, text: str) -> Grade:
    """Grade whether the texts stand in the answer one after the other; the score is the share that does."""
    answer = folded(without_thoughts(text)[:_MOST_CHARACTERS])
    place, met, problems = 0, 0, list[str]()
    for alternatives in grader.in_order:
        spans = [span for wanted in alternatives if (span := find_text(wanted, answer, place))]
        if spans:
            met, place = met + 1, min(spans, key=lambda span: span[1])[1]
        elif any(find_text(wanted, answer) for wanted in alternatives):
            problems.append(f"{_quoted(alternatives[0])} stands too early")
        else:
            problems.append(f"{_quoted(alternatives[0])} is missing")
    reason = "all are there in their order" if not problems else "; ".join(problems)
    return Grade.of(grader, met / len(grader.in_order), reason)


def token_f1(answer: str, reference: str) -> float:
    """Compute the F1 score of the words of two texts: ``2 c / (n + m)``, where c counts words that both have."""
    ours, theirs = Counter(words_of(answer)), Counter(words_of(reference))
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else float(answer == reference)


def _likeness(likeness: Likeness, answer: str, reference: str) -> float:
    match likeness:
        case Likeness.EQUAL:
            return float(answer == reference)
        case Likeness.F1:
            return token_f1(answer, reference)
        case Likeness.EDIT:
            levenshtein: Any = import_module("rapidfuzz.distance.Levenshtein")
            return float(levenshtein.normalized_similarity(answer, reference))


def _quoted(text: str) -> str:
    return f'"{_cut(text)}"'


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
