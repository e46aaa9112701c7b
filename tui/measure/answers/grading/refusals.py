"""Which of the choices that a text mentions it takes for wrong: ``not A``, ``neither A nor B``, ``A is ruled out``.

Choices that ``and``, ``or`` and the like join are refused together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tui.measure.answers.grading.number_words import WITHIN
from tui.measure.answers.scripts.normal import folded, plain

Span = tuple[int, int]
"""Where a mention begins and ends."""

_BEFORE: Final = (
    "not|isn't|aren't|wasn't|don't|doesn't|didn't|can't|won't|wouldn't|couldn't|shouldn't|cannot|neither|nor|never|"
    "rule out|rules out|ruled out|eliminate|eliminates|eliminated|eliminating|exclude|excludes|excluded|excluding|"
    "discard|discarding|reject|rejecting|instead of|rather than|other than|unlike|anything but|all but|except|"
    "nicht|weder|noch|statt|anstatt|anstelle von|kein|keine|außer|"
    "pas|ni|au lieu de|plutôt que|sauf|écarte|écarter|j'exclus|"
    "no|tampoco|en vez de|en lugar de|excepto|descarto|descartamos|descartar|"
    "não|nem|em vez de|exceto|non|né|invece di|tranne|escludo|niet|noch|geen|in plaats van|"
    "не|ни|вместо|кроме|исключаем|исключить|nie|ani|zamiast|"
    "ليست|ليس|وليست|وليس|لیست|لیس|غير|لا|ولا|بدلا من|نستبعد|نه|نہ|न|না|"
    "不是|不选|不選|不可能是|并非|並非|而非|而不是|排除|排除了|除了|不|ไม่ใช่|ไม่ได้อยู่ที่|มิใช่|แทนที่จะเป็น|ยกเว้น|"
    "bukan|không phải|아닌"
)
"""What stands before a choice that is refused."""
_AFTER: Final = (
    "is not|isn't|are not|aren't|was not|wasn't|were not|weren't|does not|doesn't|do not|don't|did not|didn't|"
    "cannot|can not|can't|could not|couldn't|would not|wouldn't|has no|have no|is no|wrong|incorrect|false|untrue|"
    "ruled out|eliminated|excluded|is out|are out|can be ruled out|can be eliminated|can be excluded|can be discarded|"
    "fails|fail|"
    "nicht|falsch|scheidet aus|scheiden aus|fällt weg|fallen weg|entfällt|entfallen|ausgeschlossen|passt nicht|"
    "n'est pas|ne sont pas|ne convient pas|ne conviennent pas|n'a pas|n'ont pas|faux|fausse|incorrecte|exclu|exclus|"
    "exclue|exclues|éliminé|éliminés|à exclure|"
    "no|no es|no son|incorrecta|incorrecto|incorrectas|incorrectos|falso|falsa|descartado|descartada|descartadas|"
    "descartados|queda descartada|quedan descartadas|se descarta|se descartan|"
    "não|não é|não são|errado|errada|erradas|errados|non è|non sono|sbagliato|sbagliata|niet|fout|onjuist|"
    "не подходит|не подходят|неверно|неверны|неправильно|неправильный|нет|исключён|исключены|отпадает|отпадают|не|"
    "değil|yanlış|nie|bukan|salah|"
    "নয়|নয়|নহে|ভুল|বাদ|সঠিক নয়|नहीं|गलत|ग़लत|नही|ग़लत है|نہیں|غلط|خطا|خطأ|خاطئة|خاطئ|ليست صحيحة|ليس صحيحا|"
    "مستبعدة|مستبعد|ليست|ليس|"
    "でもなく|でもない|でもありません|ではなく|ではない|ではありません|じゃなく|じゃない|でなく|は違い|は違う|は間違い|は誤り|は不正解|は除外|の代わりに|"
    "መልስ አይደለም|አይደለም|ስህተት ነው|ስህተት|မဟုတ်|မှား|ผิด|ไม่ถูกต้อง|ไม่ถูก|ไม่ใช่คำตอบ|"
    "不对|不對|不正确|不正確|不符合|错|錯|是错的|错误|可以排除|排除|被排除|均可排除|不是答案|"
    "는 아니|은 아니|가 아니|이 아니|는 틀|은 틀"
)
"""What stands after a choice that is refused."""
_ARTICLES: Final = (
    "from|by|of|in|at|on|with|von|vom|aus|im|mit|par|de|du|des|d'|en|por|del|da|do|di|dal|dalla|van|от|из|من|في|"
    "the|a|an|option|options|choice|answer|letter|both|either|der|die|das|den|dem|ein|eine|antwort|option|"
    "le|la|les|l'|un|une|réponse|réponses|el|los|las|una|respuesta|opción|opciones|o|os|as|um|uma|resposta|opção|opções|"
    "il|lo|gli|i|risposta|opzione|het|de|een|optie|antwoord|вариант|варианты|ответ|"
    "الخيار|الخياران|الإجابة|الجواب|বিকল্প|विकल्प|آپشن|选项|選項|答案|ข้อ|คำตอบ|ระหว่าง"
)
"""Words that may stand before a choice in a list."""
_VERBS: Final = (
    "is|be|being|been|it|it's|its|that|this|think|believe|say|to|one|choose|pick|are|was|were|can|could|all|"
    "es|ist|sind|war|kann|können|est|c'est|sont|peut|peuvent|son|ser|fue|era|é|são|è|sono|является|это|"
    "هو|هي|টা|টি|হলো|তো|है|हैं|ہے|ہیں|是|也|都|均|は|が|も|นั้น"
)
"""Words that may stand besides between a word that refuses and a choice."""
_JOINERS: Final = (
    "and|or|nor|as well as|und|oder|noch|sowie|et|ou|ni|y|o|e|u|nem|né|en|of|и|или|ни|ve|veya|ani|i|lub|dan|atau|"
    "এবং|ও|বা|আর|কিংবা|और|या|व|اور|یا|أو|و|ولا|和|或|与|與|跟|及|以及|と|や|でも|または|และ|หรือ|กับ|እና|ወይም|နဲ့|နှင့်|또는|와|과"
)
_TIGHT: Final = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MARKS: Final = r"[\s\"'*_`()\[\]]*"
"""Signs that may stand at a choice; a comma or a full stop parts it from what is said of another."""
_LIST_SIGNS: Final = r"[,/&、，]"
_AROUND: Final = 60
"""The number of characters before and after a mention that are looked at."""


def _words(listed: str) -> str:
    """The pattern of any of these words, which ends where a word ends; scripts without spaces have no such end."""
    forms = sorted({form for word in listed.split("|") for form in (plain(word), folded(word))}, key=len, reverse=True)
    inner = rf"[{WITHIN}]"
    tight = "|".join(re.escape(form) for form in forms if _TIGHT.search(form))
    spaced = "|".join(re.escape(form) for form in forms if not _TIGHT.search(form))
    return rf"(?:(?<!{inner})(?:{spaced})(?!{inner})|(?:{tight}))" if tight else rf"(?<!{inner})(?:{spaced})(?!{inner})"


_FILLED: Final = rf"(?:{_MARKS}{_words(f'{_ARTICLES}|{_VERBS}')})*{_MARKS}"
_WITH_ARTICLE: Final = rf"(?:{_MARKS}{_words(_ARTICLES)})*{_MARKS}"
_REFUSED_BEFORE: Final = re.compile(rf"{_words(_BEFORE)}{_FILLED}\Z", re.IGNORECASE)
_REFUSED_AFTER: Final = re.compile(rf"{_FILLED}{_words(_AFTER)}", re.IGNORECASE)
_LISTED: Final = re.compile(
    rf"(?:{_MARKS}{_LIST_SIGNS})*{_MARKS}(?P<word>{_words(_JOINERS)})?{_WITH_ARTICLE}", re.IGNORECASE
)


def is_refused_before(text: str, place: int) -> bool:
    """Whether a word that refuses what follows stands before this place."""
    return _REFUSED_BEFORE.search(text[max(0, place - _AROUND) : place]) is not None


def refused(text: str, mentions: Sequence[Span]) -> set[Span]:
    """Return the mentions that a text takes for wrong; they are in the order of the text and do not overlap."""
    wrong: set[Span] = set()
    for group in listed_together(text, mentions):
        first, last = group[0], group[-1]
        together = len(group) == 1 or _is_joined(text, group)
        if _REFUSED_BEFORE.search(text[max(0, first[0] - _AROUND) : first[0]]):
            wrong |= set(group if together else group[:1])
        if _REFUSED_AFTER.match(text[last[1] : last[1] + _AROUND]):
            wrong |= set(group if together else group[-1:])
    return wrong


def listed_together(text: str, mentions: Sequence[Span]) -> list[list[Span]]:
    """Put mentions together that stand in one list."""
    groups: list[list[Span]] = []
    for mention in mentions:
        between = text[groups[-1][-1][1] : mention[0]] if groups else ""
        if groups and between.strip() and _LISTED.fullmatch(between):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _is_joined(text: str, group: Sequence[Span]) -> bool:
    """Whether a word such as ``and`` joins the list: commas alone may part what is refused from what is taken."""
    between = [text[before[1] : after[0]] for before, after in pairwise(group)]
    matches = [_LISTED.fullmatch(gap) for gap in between]
    return any("、" in gap for gap in between) or any(match is not None and match["word"] for match in matches)
