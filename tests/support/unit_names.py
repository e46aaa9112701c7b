"""Write the names of units and currencies in many languages anew, out of CLDR.

``uv run --with babel python -m tests.support.unit_names``
"""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from tui.measure.answers.scripts.normal import folded

FOLDER: Final = Path(__file__).parents[2] / "tui" / "measure" / "answers" / "vocabulary"
_LANGUAGES = "en ar am bn hi ur my th zh ja de el es fa fi fr he id it ko mr nl pl pt ru sv sw ta te tr uk vi zh_Hant"
LOCALES: Final = tuple(_LANGUAGES.split(" "))
UNITS: Final = """\
length 1 length-meter
length 1000 length-kilometer
length 0.01 length-centimeter
length 0.001 length-millimeter
length 1609.344 length-mile
length 0.3048 length-foot
length 0.0254 length-inch
length 0.9144 length-yard
mass 1 mass-kilogram
mass 0.001 mass-gram
mass 1e-06 mass-milligram
mass 1000 mass-tonne
mass 0.45359237 mass-pound
mass 0.028349523125 mass-ounce
time 1 duration-second
time 0.001 duration-millisecond
time 60 duration-minute
time 3600 duration-hour
time 86400 duration-day
time 604800 duration-week
month 1 duration-month
month 12 duration-year
volume 1 volume-liter
volume 0.001 volume-milliliter
volume 1000 volume-cubic-meter
area 1 area-square-meter
area 1e+06 area-square-kilometer
area 0.0001 area-square-centimeter
area 10000 area-hectare
area 4046.8564224 area-acre
data 1 digital-byte
data 1000 digital-kilobyte
data 1e+06 digital-megabyte
data 1e+09 digital-gigabyte
data 1e+12 digital-terabyte
share 1 concentr-percent
celsius 1 temperature-celsius
fahrenheit 1 temperature-fahrenheit
kelvin 1 temperature-kelvin
power 1 power-watt
power 1000 power-kilowatt
energy 1000 energy-kilowatt-hour
heat 1000 energy-kilocalorie
length/time 0.2777777777777778 speed-kilometer-per-hour
length/time 1 speed-meter-per-second
length/time 0.44704 speed-mile-per-hour
angle 1 angle-degree
voltage 1 electric-volt
current 1 electric-ampere
frequency 1 frequency-hertz"""
"""Of each unit its quantity, what one of it is in the first unit of that quantity, and its name in CLDR."""
CURRENCIES: Final = """\
euro EUR
dollar USD AUD CAD HKD
rupee INR PKR LKR NPR
taka BDT
yuan CNY
yen JPY
pound_sterling GBP
pound EGP GBP SDG
baht THB
birr ETB
kyat MMK
won KRW
riyal SAR QAR OMR YER
dirham AED MAD
dinar KWD IQD JOD BHD
ruble RUB BYN
lira TRY
real BRL
peso MXN ARS CLP PHP
rupiah IDR
dong VND
ringgit MYR
franc CHF XOF
zloty PLN
hryvnia UAH
shilling KES UGX TZS
naira NGN
krona SEK NOK
rand ZAR"""
"""Currencies of one name: the first gives its full names and sign, and what all have in common is their name."""
LONGEST: Final = 24
SHORT: Final = 3
"""Up to this many Latin letters a name is a word of too many languages, and only the English ones are taken."""
WIDTH: Final = 100
HEAD: Final = '''"""Names in {1} languages, as CLDR (Unicode licence) has them; tests.support.unit_names writes this."""

from typing import Final

{0}_NAMES: Final = """\\
{2}
"""
'''


def main() -> None:
    """Write the two modules of names."""
    units = {(quantity, factor): _unit(cldr) for quantity, factor, cldr in map(str.split, UNITS.split("\n"))}
    money = {(quantity, "1"): _currency(codes) for quantity, *codes in map(str.split, CURRENCIES.split("\n"))}
    owners: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for unit, words in (units | money).items():
        for word in words:
            owners[word].add(unit)
    for module, names in (("unit", units), ("currency", money)):
        lines: list[str] = []
        for (quantity, factor), words in names.items():
            own = [word for word in dict.fromkeys(words) if len(owners[word]) == 1 and _is_usable(word)]
            text = " ".join([quantity, factor, *(word.replace(" ", "_") for word in own)])
            lines += wrap(text, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        table = "\n".join(lines)
        (FOLDER / f"{module}_names.py").write_text(HEAD.format(module.upper(), len(LOCALES), table), encoding="utf-8")


def _locale(name: str) -> Any:
    return import_module("babel").Locale.parse(name)


def _unit(cldr: str) -> list[str]:
    """List the names of a unit in all languages, in long and in short, without the number."""
    patterns = [
        (name, pattern)
        for name in LOCALES
        for length, forms in _locale(name)._data["unit_patterns"].get(cldr, {}).items()
        if length in ("long", "short", "narrow")
        for count, pattern in forms.items()
        if isinstance(pattern, str) and count not in ("per", "compound", "gender")
    ]
    named = ((name, _key(pattern.replace("{0}", " "))) for name, pattern in patterns)
    return [unit for name, unit in named if name == "en" or len(unit) > SHORT or not unit.isascii()]


def _currency(codes: list[str]) -> list[str]:
    """List the full names and the sign of the first currency, and the words that the names of all have in common."""
    words = [codes[0].lower()]
    for name in LOCALES:
        locale = _locale(name)
        full = [_names(locale, code) for code in codes]
        words += [*full[0], _key(locale.currency_symbols.get(codes[0], ""))]
        if len(codes) > 1:
            words += _in_all([{part for text in one for part in text.split(" ")} for one in full])
    return words


def _in_all(words: list[set[str]]) -> set[str]:
    return {word for word in words[0] if all(word in others for others in words)}


def _names(locale: Any, code: str) -> list[str]:
    counted = [str(text) for text in locale._data["currency_names_plural"].get(code, {}).values()]
    return [_key(text) for text in (*counted, locale.currencies.get(code, "")) if text]


def _key(text: str) -> str:
    return folded(text).strip().rstrip(".")


def _is_usable(word: str) -> bool:
    """Whether a name is no single letter and no other word, which may mean anything; a Chinese sign is a word."""
    if any(sign.isdigit() for sign in word) or len(word) > LONGEST or word == "in":
        return False
    return len(word) > 1 or not word.isalpha() or "\u4e00" <= word <= "\u9fff"


if __name__ == "__main__":
    main()
