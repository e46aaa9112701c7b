"""Units of numbers in answers: which spellings mean one unit, and which units measure the same."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final

from tui.measure.answers.scripts.normal import folded
from tui.measure.answers.vocabulary.currency_names import CURRENCY_NAMES
from tui.measure.answers.vocabulary.unit_names import UNIT_NAMES

_TABLE: Final = """\
length 1 m meter meters metre metres mètre mètres metro metros metri মিটার मीटर متر ሜትር မီတာ เมตร 米 メートル
    метр метра метров м 미터 미터 metreyi metr metry metrów μέτρα mét
length 1000 km kilometer kilometers kilometre kilometres kilomètre kilomètres kilómetro kilómetros chilometri
    chilometro quilômetro quilómetro quilómetros kilometro kilometri км километр километра километров кілометр
    кілометра кілометрів 킬로미터
    kilometry kilometrów ki-lô-mét χιλιόμετρα
    quilômetros কিলোমিটার কিমি किलोमीटर किमी کلومیٹر كيلومتر كيلومترات ኪሎሜትር กิโลเมตร กม 公里 千米 キロメートル
    キロ
length 0.01 cm centimeter centimeters centimetre centimetres zentimeter centimètres সেন্টিমিটার सेंटीमीटर
    centímetro centímetros centimetro centimetri santimetre см сантиметр сантиметра сантиметров 센티미터 centymetr
    centymetrów
    سنتيمتر 厘米 センチメートル
length 0.001 mm millimeter millimeters millimetre millimetres
    milímetro milímetros millimetro millimetri milimetre millimeters мм миллиметр миллиметра миллиметров 밀리미터
    millimètre millimètres ミリメートル ミリ 毫米 মিলিমিটার मिलीमीटर
length 1609.344 mi mile miles milla millas miglia milha milhas meile meilen mijl মাইল मील میل ميل ማይል မိုင်
    ไมล์ 英里 マイル
length 0.3048 ft foot feet
length 0.0254 inch inches
mass 1 kg kilogram kilograms kilogramm kilogramme kilogrammes kilo kilos কেজি কিলোগ্রাম किलोग्राम किलो کلوگرام
    chilo chili chilogrammo chilogrammi quilo quilos quilograma quilogramas kilogramo kilogramos kilogram кг
    килограмм килограмма килограммов кілограм кілограма кілограмів кило 킬로그램 킬로 kilogramów kilogramy
    كيلوغرام ኪሎግራም ኪሎ กิโลกรัม กก 公斤 千克 キログラム ကီလိုဂရမ်
mass 0.001 g gram grams gramm gramme grammes gramos গ্রাম ग्राम گرام غرام ግራም กรัม 克 グラム
    gr grammo grammi grama gramo г грамм грамма граммов 그램 gramów gramy
mass 1e-06 mg milligram milligrams
mass 1e-09 µg mcg ug microgram micrograms mikrogramm microgramme microgrammes microgramo microgramos мкг 微克
    マイクログラム
length 1e-06 µm micrometer micrometers micrometre micrometres micron microns mikrometer мкм 微米
time 1e-06 µs microsecond microseconds mikrosekunden мкс 微秒
mass 1000 t ton tons tonne tonnes tonnen
    tonelada toneladas tonnellata tonnellate тонна тонны тонн т 톤 ton টন टन 吨 トン طن
mass 0.45359237 lb lbs pound pounds
time 1 s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos secondi সেকেন্ড सेकंड सेकेंड
    saniye secondo segundo сек секунда секунды секунд sekunder секунди sekuntia с 초 sekund sekundy seconden
    سیکنڈ ثانية ثوان ሰከንድ စက္ကန့် วินาที 秒
time 0.001 ms millisecond milliseconds millisekunden
    мс миллисекунд миллисекунды milisaniye milisegundo milisegundos 밀리초 毫秒 ミリ秒
time 60 min mins minute minutes minuten minuto minutos minuti মিনিট मिनट منٹ دقيقة دقائق ደቂቃ မိနစ် นาที 分 分钟
    dakika dk minutt мин минута минуты минут minuter minutter хвилина хвилини хвилин minuuttia 분 minuut minut
    minuty phút menit
    分鐘
time 3600 h hr hrs hour hours std stdn stunde stunden heure heures hora horas ora ore ঘণ্টা ঘন্টা घंटे घंटा گھنٹے گھنٹہ
    saat sa uur ч час часа часов timme timmar timer година години годин tunti tuntia 시간 godzina godziny godzin
    giờ jam hodin
    ساعة ساعات ሰዓት နာရီ ชั่วโมง 小时 小時 時間
time 86400 d day days tag tage tagen jour jours día días giorni dias দিন दिन دن يوم أيام ቀን ရက် วัน 天 日
    gün dia giorno día дн день дня дней dagar dager dage дні днів päivää 일 dagen dag dzień dni ngày hari
time 604800 week weeks woche wochen semaine semaines সপ্তাহ सप्ताह हफ़्ते ہفتے
    hafta semana semanas settimana settimane неделя недели недель 주 weken tydzień tygodnie tygodni tuần minggu 周 週間
volume 1 l liter liters litre litres লিটার लीटर لیٹر لتر ሊትር ลิตร 升 リットル
    litro litros litri л литр литра литров 리터 litrów litry lít
volume 0.001 ml milliliter milliliters millilitre millilitres
    mililitro mililitros millilitro millilitri мл миллилитр миллилитра миллилитров 밀리리터 毫升 ミリリットル মিলিলিটার
    मिलीलीटर mililitre
volume 0.1 dl deciliter
volume 0.01 cl centiliter
data 1 b byte bytes
data 1000 kb kilobyte kilobytes
data 1e+06 mb megabyte megabytes
data 1e+09 gb gigabyte gigabytes
data 1e+12 tb terabyte terabytes
data 1024.0 kib
data 1048576.0 mib
data 1073741824.0 gib
length/time 0.2777777777777778 kph kmh
length/time 0.44704 mph
lira 1 ₺ try lira tl
ruble 1 ₽ rub руб рубль рубля рублей ruble rubles
won 1 ₩ krw won 원
real 1 r$ brl reais real
share 1 % percent per_cent prozent pourcent শতাংশ प्रतिशत فیصد بالمئة เปอร์เซ็นต์ パーセント ፐርሰንት
    por_cento por_ciento per_cento pour_cent pro_cent процент процента процентов 퍼센트 yüzde procent percento
    porcento
celsius 1 °c c celsius °
fahrenheit 1 °f f fahrenheit
kelvin 1 k kelvin kelvins ケルビン 开尔文 كلفن केल्विन কেলভিন
power 1 w watt watts
power 1000 kw kilowatt kilowatts
energy 1 wh
energy 1000 kwh
euro 1 € eur euro euros ইউরো यूरो يورو 欧元 ユーロ
    евро 유로 avro
euro 0.01 cent cents ct
dollar 1 $ usd dollar dollars dólares ডলার डॉलर ڈالر دولار ዶላር ဒေါ်လာ ดอลลาร์ 美元 ドル
    dólar dollari dollaro доллар доллара доллары долларов 달러 dolar dolarów bucks
taka 1 ৳ bdt taka টাকা
rupee 1 ₹ inr rs rupee rupees रुपये रुपए रुपया روپے রুপি
yuan 1 ¥ cny rmb yuan 元
    юань юаня юаней 위안 人民币
yen 1 jpy yen 円
    йена иена иены иен 엔 日元 yenes
pound_sterling 1 £ gbp
baht 1 ฿ thb baht บาท
birr 1 etb birr ብር
kyat 1 mmk kyat ကျပ်
taka 1 টাকার টাকায় tk টাকামাত্র
yuan 0.1 角 毛
time 60 د
time 3600 س
time 1 ث
length 1 م
length 0.01 سم सेमी ሴሜ センチ ซม センチメーター 公分
length 0.001 مم मिमी ሚሜ มม
volume 0.001 مل ሚሊ มล
mass 1e-06 ملغ मिग्रा มก
length 1000 کیلومتر
mass 1 ကီလို ကီလိုဂရမ်
rupee 1 रु ₨ روپیہ روپیے రూ
pakistani_rupee 1 pkr
yuan 1 块 块钱 圆 元人民币
mass 1 กิโล โล किग्रा কেজির কিলো کلو كجم كغ ኪግ
volume 0.001 মিলি मिली मि.ली ملی سی.سی cc
mass 0.001 ग्रा جم غ ግ
mass 0.5 斤 市斤
mass 0.05 市两
length 500 里 市里
time 60 মি মিনিটে
time 3600 ঘণ্টায় ঘন্টায় ঘণ্টার ชม โมง 钟头 个小时 個小時 個小時
month 1 month months mes meses mois monat monate মাস महीना महीने माह ماہ مہینے شهر أشهر شهور شهرا ወር ወራት လ เดือน
    个月 個月 か月 ヶ月 カ月
month 12 year years yr año años an ans jahr jahre jahren বছর वर्ष साल سال سنة سنوات عام أعوام ዓመት ዓመታት အနှစ် ปี 年 年間
share 1 pct per_hundred फ़ीसदी फीसदी فیصدی শতকরা ভাগ प्रति_सैकड़ा فی_صد في_المئة في_المائة بالمائة በመቶ ከመቶ
    ရာခိုင်နှုန်း ร้อยละ 个百分点
"""
"""Of each unit its quantity, what one of it is in the first unit of that quantity, and how it is written, besides the
names that CLDR has."""
_DEGREES: Final = "° degree degrees grad degrés grados gradi graus ডিগ্রি डिग्री درجة درجات ڈگری ዲግሪ ဒီဂရီ องศา 度"
_KILO: Final = (("length", 1000.0), ("mass", 1.0))
_SEVERAL: Final = {
    "¥": (("yuan", 1.0), ("yen", 1.0)),
    "ミリ": (("length", 0.001), ("volume", 0.001)),
    **dict.fromkeys(_DEGREES.split(), (("celsius", 1.0), ("fahrenheit", 1.0), ("angle", 1.0))),
    "/-": (("taka", 1.0), ("rupee", 1.0), ("pakistani_rupee", 1.0)),
    **dict.fromkeys(("キロ", "กิโล", "킬로", "кило", "کیلو", "ኪሎ"), _KILO),
}
"""What is written for several units."""
_SHORT: Final = 2
"""Units of so few letters have no endings."""
_PER: Final = re.compile(r"\s*/\s*| (?:per|an?|pro|par|por|al|à|all'|в|na|bir) ")
"""What stands between the two units of a rate."""
_ARTICLE: Final = "ال"
"""The article of Arabic, which is written at its word."""
_ENDING: Final = 5
"""The most letters of an ending after a unit, such as those of a case or of a polite verb."""
_WITHOUT_SPACES: Final = re.compile("[\uac00-\ud7a3\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u4e00-\u9fff]")
_STROKE: Final = re.compile(r"\A([\u1200-\u137f])/([\u1200-\u137f])\Z")
"""The stroke with which Amharic shortens, as in ኪ/ሜ."""
_LATIN: Final = re.compile(r"[a-zµ²³]+(?=[^\x00-\x7fà-ɏ])")
_DOTS: Final = re.compile(r"[.॰ः׳'\u200b-\u200d]")


def _key(unit: str) -> str:
    return _STROKE.sub(r"\1\2", _DOTS.sub("", folded(unit))).replace("° ", "°").replace("^", "")


@lru_cache(maxsize=1)
def _units() -> dict[str, tuple[str, float]]:
    """List the units by their names; those of this table go before those of CLDR, and a space may be left out."""
    names: dict[str, tuple[str, float]] = {}
    for table in (_TABLE, UNIT_NAMES, CURRENCY_NAMES):
        for quantity, factor, *words in (line.split() for line in table.replace("\n    ", " ").splitlines()):
            for word in words:
                key = _key(word.replace("_", " "))
                names.setdefault(key, (quantity, float(factor)))
                names.setdefault(key.replace(" ", ""), (quantity, float(factor)))
    return names


def same_unit(one: str, other: str) -> bool:
    """Whether two spellings mean the same unit; the plural of a word counts as the word."""
    first, second = _key(one), _key(other)
    factor = _factor(one, other)
    if first == second or (factor is not None and math.isclose(factor, 1, rel_tol=1e-4)):
        return True
    if min(len(first), len(second)) > _SHORT and _stem(first) == _stem(second):
        return True
    return _begins(first, second)


def scaled(value: float, unit: str, wanted: str) -> float | None:
    """Convert a value from one unit to another; ``None`` if they do not measure the same."""
    factor = _factor(unit, wanted)
    return None if factor is None else value * factor


def _factor(unit: str, wanted: str) -> float | None:
    """What one unit is in another; a spelling of several units means the one that measures the same."""
    meanings = [(here, there) for here in _meanings(unit) for there in _meanings(wanted)]
    return next((here[1] / there[1] for here, there in meanings if here[0] == there[0]), None)


def is_unit(name: str, *, exactly: bool = False) -> bool:
    """Whether this is how some unit is written, ``exactly`` so or with an ending."""
    if exactly:
        return any(key in names for key in (_key(name), _key(name).replace(" ", "")) for names in (_units(), _SEVERAL))
    return bool(_meanings(name))


def is_currency(name: str) -> bool:
    """Whether this is how some currency is written."""
    return any(f"\n{quantity} " in f"\n{CURRENCY_NAMES}" for quantity, _ in _meanings(name))


def _meanings(unit: str) -> tuple[tuple[str, float], ...]:
    """List what a spelling may mean: several units, one, or none."""
    several = _SEVERAL.get(_key(unit))
    named = None if several else _named(unit)
    return several or ((named,) if named else ())


@lru_cache(maxsize=4096)
def _named(unit: str) -> tuple[str, float] | None:
    """Look up a unit: as it is written, as a rate of two units, or without what an ending adds to it."""
    key, units = _key(unit).removeprefix(_ARTICLE), _units()
    parts = _PER.split(key)
    if key in units or len(parts) != 2:
        return units.get(key) or units.get(key.replace(" ", "")) or _without_ending(key)
    above, below = _named(parts[0]), _named(parts[1])
    return (f"{above[0]}/{below[0]}", above[1] / below[1]) if above and below else None


def _without_ending(key: str) -> tuple[str, float] | None:
    """Look up a unit to which other words or an ending are written without a space, as in ``3시간입니다``."""
    latin = _LATIN.match(key)
    if latin is not None:
        return _units().get(latin[0])
    if _WITHOUT_SPACES.match(key):
        lengths = range(len(key), 0, -1)
    elif key.isascii() or " " in key:
        return None
    else:
        lengths = range(len(key), max(_SHORT, len(key) - _ENDING), -1)
    return next((_units()[key[:length]] for length in lengths if key[:length] in _units()), None)


def _stem(word: str) -> str:
    return word.removesuffix("es").removesuffix("s").removesuffix("e").removesuffix("n")


def _begins(unit: str, wanted: str) -> bool:
    """Whether a unit goes on after the wanted one: other words follow without a space, or it has an ending."""
    if not unit.startswith(wanted) or wanted.isascii():
        return False
    return len(wanted) > _SHORT or bool(_WITHOUT_SPACES.match(wanted))
