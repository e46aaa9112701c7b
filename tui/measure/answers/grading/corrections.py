"""Finds in an answer what it takes back (``A ... no, wait: B``), what it concludes, and what it gives as reasons."""

from __future__ import annotations

import re
from typing import Final

from tui.measure.answers.scripts.normal import plain

_SURE: Final = (
    r"no|no,? wait|wait|hold on|sorry|oops|correction|scratch that|i mean|my mistake|let me "
    r"(?:correct|redo|recalculate|reconsider|re-?check|re-?count)|on second thoughts?|"
    r"nein|moment|halt|korrektur|entschuldigung|non|attend\w*|pardon|correction|plutôt|"
    r"espera|perdón|corrección|mejor dicho|aspetta|scusa|anzi|correzione|"
    r"não|espera|desculpe|correção|aliás|нет|стоп|точнее|исправля\w*|извините|hayır|pardon|"
    r"düzeltme|아니요?|잠깐만?|정정|죄송\w*|tidak|tunggu|maaf|koreksi|không|xin lỗi|"
    r"না|না না|দাঁড়ান|দুঃখিত|ভুল হয়েছে|ভুল বলেছি|সংশোধন|नहीं|नहीं नहीं|रुकिए|रुको|माफ़ कीजिए|माफ कीजिए|क्षमा करें|सुधार|"
    r"لا|لا بل|عفوا|عذرا|تصحيح|انتظر|مهلا|أقصد|نہیں|نہیں نہیں|رکیے|معذرت|معاف کیجیے|تصحیح|"
    r"አይ|አይደለም|ይቅርታ|ቆይ|እርማት|မဟုတ်ဘူး|မဟုတ်သေးဘူး|မဟုတ်ပါဘူး|နေပါဦး|ခဏလေး|တောင်းပန်ပါတယ်|မှားသွားတယ်|"
    r"ไม่ใช่สิ|ไม่สิ|ไม่ใช่|เดี๋ยวก่อน|เดี๋ยว|ขอโทษ|ขอแก้ไข|ขอแก้|"
    r"不对|不對|不|等等|等一下|更正|抱歉|说错了|哦不|不是|いや|いいえ|違う|違います|待って|訂正|失礼|すみません|間違えました"
)
_MILD: Final = (
    r"actually|rather|in fact|doch|eigentlich|en fait|en realidad|in realtà|na verdade|на самом деле|aslında|"
    r"sebenarnya|사실|아니라|আসলে|বরং|असल में|दरअसल|बल्कि|بل|في الواقع|في الحقيقة|بالأحرى|دراصل|بلکہ|በእውነቱ|ይልቁንም|တကယ်တော့|"
    r"จริงๆ แล้ว|ที่จริง|อันที่จริง|不是|应该是|應該是|其实|正しくは|やっぱり|やはり|実は"
)
"""Words that may also go on without taking anything back."""
CONCLUSIONS: Final = plain(
    r"(?:\b(?:so|therefore|hence|thus|leaving|(?:which|that|this|what) leaves(?: us with)?|we are left with|must be|"
    r"has to be|daher|deshalb|somit|folglich|also|bleibt(?: nur)?|muss es|donc|alors|reste|il ne reste que|"
    r"así que|por lo tanto|por tanto|luego|queda|solo queda|portanto|logo|então|sobra|quindi|dunque|resta|dus|"
    r"значит|поэтому|следовательно|остаётся|więc|dolayısıyla|o halde)\b|"
    r"তাই|সুতরাং|অতএব|इसलिए|अतः|तो|لذلك|لذا|إذن|إذا|فالجواب|اس لیے|لہذا|"
    r"因此|所以|故|于是|只剩下?|よって|したがって|だから|残るのは|ดังนั้น|จึง(?:เป็น)?|เหลือ|ስለዚህ|ထို့ကြောင့်|따라서|그래서)"
)
"""Words after which an answer draws its conclusion."""
REASONS: Final = (
    "because|since|as|weil|denn|da|porque|pues|ya que|parce|car|puisque|pois|perché|poiché|потому|так как|want|omdat|"
    "çünkü|কারণ|কেননা|क्योंकि|کیونکہ|چونکہ|لأن|因为|因為|なぜなら|เพราะ|เนื่องจาก|ምክንያቱም|왜냐하면"
)
"""Words that begin the reasons for what was said before."""
_STOP: Final = plain(r"[.?!…,;:،؛፣፤\-\n。！؟۔।።၊။、，—]")
_HESITATION: Final = r"(?:\.\.+|…+|[?？؟⁇]|--)"
_CORRECTION: Final = re.compile(
    rf"(?:{_STOP}[\s\"'*_)]*(?:{plain(_SURE)})(?=\s*{_STOP})|"
    rf"{_HESITATION}[\s\"'*_)]*(?:{plain(_SURE)}|{plain(_MILD)})(?![A-Za-zÀ-ÿ])){_STOP}*"
    rf"(?:\s*(?:{plain(_SURE)}|{plain(_MILD)})(?![A-Za-zÀ-ÿ])\s*{_STOP}*)*",
    re.IGNORECASE,
)


def last_word(text: str) -> str:
    """Return what an answer says after it last took something back; all of it if it never does.

    ``text`` is in the form of ``normal.plain``.
    """
    ends = [match.end() for match in _CORRECTION.finditer(text)]
    return text[ends[-1] :].strip() if ends else text
