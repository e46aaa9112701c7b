"""The words of numbers in many languages; a space within a word is ``_``."""

from __future__ import annotations

from typing import Final

NUMBERS: Final = {
    "ar": (
        "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة أحد_عشر اثنا_عشر ثلاثة_عشر أربعة_عشر خمسة_عشر "
        "ستة_عشر سبعة_عشر ثمانية_عشر تسعة_عشر عشرون واحد_وعشرون اثنان_وعشرون ثلاثة_وعشرون أربعة_وعشرون خمسة_وعشرون "
        "ستة_وعشرون سبعة_وعشرون ثمانية_وعشرون تسعة_وعشرون ثلاثون واحد_وثلاثون اثنان_وثلاثون ثلاثة_وثلاثون "
        "أربعة_وثلاثون خمسة_وثلاثون ستة_وثلاثون سبعة_وثلاثون ثمانية_وثلاثون تسعة_وثلاثون أربعون واحد_وأربعون "
        "اثنان_وأربعون ثلاثة_وأربعون أربعة_وأربعون خمسة_وأربعون ستة_وأربعون سبعة_وأربعون ثمانية_وأربعون تسعة_وأربعون "
        "خمسون واحد_وخمسون اثنان_وخمسون ثلاثة_وخمسون أربعة_وخمسون خمسة_وخمسون ستة_وخمسون سبعة_وخمسون ثمانية_وخمسون "
        "تسعة_وخمسون ستون واحد_وستون اثنان_وستون ثلاثة_وستون أربعة_وستون خمسة_وستون ستة_وستون سبعة_وستون ثمانية_وستون "
        "تسعة_وستون سبعون واحد_وسبعون اثنان_وسبعون ثلاثة_وسبعون أربعة_وسبعون خمسة_وسبعون ستة_وسبعون سبعة_وسبعون "
        "ثمانية_وسبعون تسعة_وسبعون ثمانون واحد_وثمانون اثنان_وثمانون ثلاثة_وثمانون أربعة_وثمانون خمسة_وثمانون "
        "ستة_وثمانون سبعة_وثمانون ثمانية_وثمانون تسعة_وثمانون تسعون واحد_وتسعون اثنان_وتسعون ثلاثة_وتسعون "
        "أربعة_وتسعون خمسة_وتسعون ستة_وتسعون سبعة_وتسعون ثمانية_وتسعون تسعة_وتسعون مائة"
    ),
    "am": (
        "ዜሮ አንድ ሁለት ሦስት አራት አምስት ስድስት ሰባት ስምንት ዘጠኝ አስር አስራ_አንድ አስራ_ሁለት አስራ_ሦስት አስራ_አራት አስራ_አምስት አስራ_ስድስት አስራ_ሰባት "
        "አስራ_ስምንት አስራ_ዘጠኝ ሃያ ሃያ_አንድ ሃያ_ሁለት ሃያ_ሦስት ሃያ_አራት ሃያ_አምስት ሃያ_ስድስት ሃያ_ሰባት ሃያ_ስምንት ሃያ_ዘጠኝ ሠላሳ ሠላሳ_አንድ ሠላሳ_ሁለት "
        "ሠላሳ_ሦስት ሠላሳ_አራት ሠላሳ_አምስት ሠላሳ_ስድስት ሠላሳ_ሰባት ሠላሳ_ስምንት ሠላሳ_ዘጠኝ አርባ አርባ_አንድ አርባ_ሁለት አርባ_ሦስት አርባ_አራት አርባ_አምስት "
        "አርባ_ስድስት አርባ_ሰባት አርባ_ስምንት አርባ_ዘጠኝ ሃምሳ ሃምሳ_አንድ ሃምሳ_ሁለት ሃምሳ_ሦስት ሃምሳ_አራት ሃምሳ_አምስት ሃምሳ_ስድስት ሃምሳ_ሰባት ሃምሳ_ስምንት "
        "ሃምሳ_ዘጠኝ ስልሳ ስልሳ_አንድ ስልሳ_ሁለት ስልሳ_ሦስት ስልሳ_አራት ስልሳ_አምስት ስልሳ_ስድስት ስልሳ_ሰባት ስልሳ_ስምንት ስልሳ_ዘጠኝ ሰባ ሰባ_አንድ ሰባ_ሁለት "
        "ሰባ_ሦስት ሰባ_አራት ሰባ_አምስት ሰባ_ስድስት ሰባ_ሰባት ሰባ_ስምንት ሰባ_ዘጠኝ ሰማንያ ሰማንያ_አንድ ሰማንያ_ሁለት ሰማንያ_ሦስት ሰማንያ_አራት ሰማንያ_አምስት "
        "ሰማንያ_ስድስት ሰማንያ_ሰባት ሰማንያ_ስምንት ሰማንያ_ዘጠኝ ዘጠና ዘጠና_አንድ ዘጠና_ሁለት ዘጠና_ሦስት ዘጠና_አራት ዘጠና_አምስት ዘጠና_ስድስት ዘጠና_ሰባት ዘጠና_ስምንት "
        "ዘጠና_ዘጠኝ መቶ"
    ),
    "bn": (
        "শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয় দশ এগারো বারো তেরো চৌদ্দ পনের ষোল সতের আঠারো উনিশ বিশ একুশ বাইশ "
        "তেইশ চব্বিশ পঁচিশ ছাব্বিশ সাতাশ আটাশ উনত্রিশ ত্রিশ একত্রিশ বত্রিশ তেত্রিশ চৌত্রিশ পঁইত্রিশ ছত্রিশ সাতত্রিশ "
        "আটত্রিশ উনচল্লিশ চল্লিশ একচল্লিশ বিয়াল্লিশ তেতাল্লিশ চৌচল্লিশ পঁয়তাল্লিশ ছেচল্লিশ সাতচল্লিশ আটচল্লিশ "
        "উনপঞ্চাশ পঞ্চাশ একান্ন বাহান্ন তিপ্পান্ন চুয়ান্ন পঞ্চান্ন ছাপ্পান্ন সাতান্ন আটান্ন উনষাট ষাট একষট্টি "
        "বাষট্টি তেষট্টি চৌষট্টি পঁয়ষট্টি ছিষট্টি সাতষট্টি আটষট্টি উনসত্তর সত্তর একাত্তর বাহাত্তর তিয়াত্তর "
        "চুয়াত্তর পঁচাত্তর ছিয়াত্তর সাতাত্তর আটাত্তর উনআশি আশি একাশি বিরাশি তিরাশি চুরাশি পঁচাশি ছিয়াশি সাতাশি "
        "আটাশি উননব্বই নব্বই একানব্বই বিরানব্বই তিরানব্বই চুরানব্বই পঁচানব্বই ছিয়ানব্বই সাতানব্বই আটানব্বই নিরানব্বই "
        "একশ"
    ),
    "de": (
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
        "siebzehn achtzehn neunzehn zwanzig einundzwanzig zweiundzwanzig dreiundzwanzig vierundzwanzig fünfundzwanzig "
        "sechsundzwanzig siebenundzwanzig achtundzwanzig neunundzwanzig dreißig einunddreißig zweiunddreißig "
        "dreiunddreißig vierunddreißig fünfunddreißig sechsunddreißig siebenunddreißig achtunddreißig neununddreißig "
        "vierzig einundvierzig zweiundvierzig dreiundvierzig vierundvierzig fünfundvierzig sechsundvierzig "
        "siebenundvierzig achtundvierzig neunundvierzig fünfzig einundfünfzig zweiundfünfzig dreiundfünfzig "
        "vierundfünfzig fünfundfünfzig sechsundfünfzig siebenundfünfzig achtundfünfzig neunundfünfzig sechzig "
        "einundsechzig zweiundsechzig dreiundsechzig vierundsechzig fünfundsechzig sechsundsechzig siebenundsechzig "
        "achtundsechzig neunundsechzig siebzig einundsiebzig zweiundsiebzig dreiundsiebzig vierundsiebzig "
        "fünfundsiebzig sechsundsiebzig siebenundsiebzig achtundsiebzig neunundsiebzig achtzig einundachtzig "
        "zweiundachtzig dreiundachtzig vierundachtzig fünfundachtzig sechsundachtzig siebenundachtzig achtundachtzig "
        "neunundachtzig neunzig einundneunzig zweiundneunzig dreiundneunzig vierundneunzig fünfundneunzig "
        "sechsundneunzig siebenundneunzig achtundneunzig neunundneunzig hundert"
    ),
    "es": (
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
        "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis "
        "veintisiete veintiocho veintinueve treinta treinta_y_uno treinta_y_dos treinta_y_tres treinta_y_cuatro "
        "treinta_y_cinco treinta_y_seis treinta_y_siete treinta_y_ocho treinta_y_nueve cuarenta cuarenta_y_uno "
        "cuarenta_y_dos cuarenta_y_tres cuarenta_y_cuatro cuarenta_y_cinco cuarenta_y_seis cuarenta_y_siete "
        "cuarenta_y_ocho cuarenta_y_nueve cincuenta cincuenta_y_uno cincuenta_y_dos cincuenta_y_tres "
        "cincuenta_y_cuatro cincuenta_y_cinco cincuenta_y_seis cincuenta_y_siete cincuenta_y_ocho cincuenta_y_nueve "
        "sesenta sesenta_y_uno sesenta_y_dos sesenta_y_tres sesenta_y_cuatro sesenta_y_cinco sesenta_y_seis "
        "sesenta_y_siete sesenta_y_ocho sesenta_y_nueve setenta setenta_y_uno setenta_y_dos setenta_y_tres "
        "setenta_y_cuatro setenta_y_cinco setenta_y_seis setenta_y_siete setenta_y_ocho setenta_y_nueve ochenta "
        "ochenta_y_uno ochenta_y_dos ochenta_y_tres ochenta_y_cuatro ochenta_y_cinco ochenta_y_seis ochenta_y_siete "
        "ochenta_y_ocho ochenta_y_nueve noventa noventa_y_uno noventa_y_dos noventa_y_tres noventa_y_cuatro "
        "noventa_y_cinco noventa_y_seis noventa_y_siete noventa_y_ocho noventa_y_nueve cien"
    ),
    "fr": (
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
        "dix-huit dix-neuf vingt vingt_et_un vingt-deux vingt-trois vingt-quatre vingt-cinq vingt-six vingt-sept "
        "vingt-huit vingt-neuf trente trente_et_un trente-deux trente-trois trente-quatre trente-cinq trente-six "
        "trente-sept trente-huit trente-neuf quarante quarante_et_un quarante-deux quarante-trois quarante-quatre "
        "quarante-cinq quarante-six quarante-sept quarante-huit quarante-neuf cinquante cinquante_et_un "
        "cinquante-deux cinquante-trois cinquante-quatre cinquante-cinq cinquante-six cinquante-sept cinquante-huit "
        "cinquante-neuf soixante soixante_et_un soixante-deux soixante-trois soixante-quatre soixante-cinq "
        "soixante-six soixante-sept soixante-huit soixante-neuf soixante-dix soixante_et_onze soixante-douze "
        "soixante-treize soixante-quatorze soixante-quinze soixante-seize soixante-dix-sept soixante-dix-huit "
        "soixante-dix-neuf quatre-vingts quatre-vingt-un quatre-vingt-deux quatre-vingt-trois quatre-vingt-quatre "
        "quatre-vingt-cinq quatre-vingt-six quatre-vingt-sept quatre-vingt-huit quatre-vingt-neuf quatre-vingt-dix "
        "quatre-vingt-onze quatre-vingt-douze quatre-vingt-treize quatre-vingt-quatorze quatre-vingt-quinze "
        "quatre-vingt-seize quatre-vingt-dix-sept quatre-vingt-dix-huit quatre-vingt-dix-neuf cent"
    ),
    "hi": (
        "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस "
        "बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस "
        "अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन "
        "बावन तिरेपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ साठ इकसठ बासठ तिरेसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
        "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी अस्सी इक्यासी बयासी तिरासी "
        "चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे "
        "अट्ठानवे निन्यानवे सौ"
    ),
    "it": (
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
        "diciassette diciotto diciannove venti ventuno ventidue ventitré ventiquattro venticinque ventisei ventisette "
        "ventotto ventinove trenta trentuno trentadue trentatré trentaquattro trentacinque trentasei trentasette "
        "trentotto trentanove quaranta quarantuno quarantadue quarantatré quarantaquattro quarantacinque quarantasei "
        "quarantasette quarantotto quarantanove cinquanta cinquantuno cinquantadue cinquantatré cinquantaquattro "
        "cinquantacinque cinquantasei cinquantasette cinquantotto cinquantanove sessanta sessantuno sessantadue "
        "sessantatré sessantaquattro sessantacinque sessantasei sessantasette sessantotto sessantanove settanta "
        "settantuno settantadue settantatré settantaquattro settantacinque settantasei settantasette settantotto "
        "settantanove ottanta ottantuno ottantadue ottantatré ottantaquattro ottantacinque ottantasei ottantasette "
        "ottantotto ottantanove novanta novantuno novantadue novantatré novantaquattro novantacinque novantasei "
        "novantasette novantotto novantanove cento"
    ),
    "my": (
        "သုည တစ် နှစ် သုံး လေး ငါး ခြောက် ခုနစ် ရှစ် ကိုး တစ်ဆယ် ဆယ့်တစ် ဆယ့်နှစ် ဆယ့်သုံး ဆယ့်လေး ဆယ့်ငါး ဆယ့်ခြောက် "
        "ဆယ့်ခုနစ် ဆယ့်ရှစ် ဆယ့်ကိုး နှစ်ဆယ် နှစ်ဆယ့်တစ် နှစ်ဆယ့်နှစ် နှစ်ဆယ့်သုံး နှစ်ဆယ့်လေး နှစ်ဆယ့်ငါး "
        "နှစ်ဆယ့်ခြောက် နှစ်ဆယ့်ခုနစ် နှစ်ဆယ့်ရှစ် နှစ်ဆယ့်ကိုး သုံးဆယ် သုံးဆယ့်တစ် သုံးဆယ့်နှစ် သုံးဆယ့်သုံး "
        "သုံးဆယ့်လေး သုံးဆယ့်ငါး သုံးဆယ့်ခြောက် သုံးဆယ့်ခုနစ် သုံးဆယ့်ရှစ် သုံးဆယ့်ကိုး လေးဆယ် လေးဆယ့်တစ် လေးဆယ့်နှစ် "
        "လေးဆယ့်သုံး လေးဆယ့်လေး လေးဆယ့်ငါး လေးဆယ့်ခြောက် လေးဆယ့်ခုနစ် လေးဆယ့်ရှစ် လေးဆယ့်ကိုး ငါးဆယ် ငါးဆယ့်တစ် "
        "ငါးဆယ့်နှစ် ငါးဆယ့်သုံး ငါးဆယ့်လေး ငါးဆယ့်ငါး ငါးဆယ့်ခြောက် ငါးဆယ့်ခုနစ် ငါးဆယ့်ရှစ် ငါးဆယ့်ကိုး ခြောက်ဆယ် "
        "ခြောက်ဆယ့်တစ် ခြောက်ဆယ့်နှစ် ခြောက်ဆယ့်သုံး ခြောက်ဆယ့်လေး ခြောက်ဆယ့်ငါး ခြောက်ဆယ့်ခြောက် ခြောက်ဆယ့်ခုနစ် "
        "ခြောက်ဆယ့်ရှစ် ခြောက်ဆယ့်ကိုး ခုနစ်ဆယ် ခုနစ်ဆယ့်တစ် ခုနစ်ဆယ့်နှစ် ခုနစ်ဆယ့်သုံး ခုနစ်ဆယ့်လေး ခုနစ်ဆယ့်ငါး "
        "ခုနစ်ဆယ့်ခြောက် ခုနစ်ဆယ့်ခုနစ် ခုနစ်ဆယ့်ရှစ် ခုနစ်ဆယ့်ကိုး ရှစ်ဆယ် ရှစ်ဆယ့်တစ် ရှစ်ဆယ့်နှစ် ရှစ်ဆယ့်သုံး "
        "ရှစ်ဆယ့်လေး ရှစ်ဆယ့်ငါး ရှစ်ဆယ့်ခြောက် ရှစ်ဆယ့်ခုနစ် ရှစ်ဆယ့်ရှစ် ရှစ်ဆယ့်ကိုး ကိုးဆယ် ကိုးဆယ့်တစ် "
        "ကိုးဆယ့်နှစ် ကိုးဆယ့်သုံး ကိုးဆယ့်လေး ကိုးဆယ့်ငါး ကိုးဆယ့်ခြောက် ကိုးဆယ့်ခုနစ် ကိုးဆယ့်ရှစ် ကိုးဆယ့်ကိုး "
        "တစ်ရာ"
    ),
    "nl": (
        "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien twintig eenentwintig tweeëntwintig drieëntwintig vierentwintig vijfentwintig zesentwintig "
        "zevenentwintig achtentwintig negenentwintig dertig eenendertig tweeëndertig drieëndertig vierendertig "
        "vijfendertig zesendertig zevenendertig achtendertig negenendertig veertig eenenveertig tweeënveertig "
        "drieënveertig vierenveertig vijfenveertig zesenveertig zevenenveertig achtenveertig negenenveertig vijftig "
        "eenenvijftig tweeënvijftig drieënvijftig vierenvijftig vijfenvijftig zesenvijftig zevenenvijftig "
        "achtenvijftig negenenvijftig zestig eenenzestig tweeënzestig drieënzestig vierenzestig vijfenzestig "
        "zesenzestig zevenenzestig achtenzestig negenenzestig zeventig eenenzeventig tweeënzeventig drieënzeventig "
        "vierenzeventig vijfenzeventig zesenzeventig zevenenzeventig achtenzeventig negenenzeventig tachtig "
        "eenentachtig tweeëntachtig drieëntachtig vierentachtig vijfentachtig zesentachtig zevenentachtig "
        "achtentachtig negenentachtig negentig eenennegentig tweeënnegentig drieënnegentig vierennegentig "
        "vijfennegentig zesennegentig zevenennegentig achtennegentig negenennegentig honderd"
    ),
    "pt": (
        "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezasseis dezassete "
        "dezoito dezanove vinte vinte_e_um vinte_e_dois vinte_e_três vinte_e_quatro vinte_e_cinco vinte_e_seis "
        "vinte_e_sete vinte_e_oito vinte_e_nove trinta trinta_e_um trinta_e_dois trinta_e_três trinta_e_quatro "
        "trinta_e_cinco trinta_e_seis trinta_e_sete trinta_e_oito trinta_e_nove quarenta quarenta_e_um "
        "quarenta_e_dois quarenta_e_três quarenta_e_quatro quarenta_e_cinco quarenta_e_seis quarenta_e_sete "
        "quarenta_e_oito quarenta_e_nove cinquenta cinquenta_e_um cinquenta_e_dois cinquenta_e_três "
        "cinquenta_e_quatro cinquenta_e_cinco cinquenta_e_seis cinquenta_e_sete cinquenta_e_oito cinquenta_e_nove "
        "sessenta sessenta_e_um sessenta_e_dois sessenta_e_três sessenta_e_quatro sessenta_e_cinco sessenta_e_seis "
        "sessenta_e_sete sessenta_e_oito sessenta_e_nove setenta setenta_e_um setenta_e_dois setenta_e_três "
        "setenta_e_quatro setenta_e_cinco setenta_e_seis setenta_e_sete setenta_e_oito setenta_e_nove oitenta "
        "oitenta_e_um oitenta_e_dois oitenta_e_três oitenta_e_quatro oitenta_e_cinco oitenta_e_seis oitenta_e_sete "
        "oitenta_e_oito oitenta_e_nove noventa noventa_e_um noventa_e_dois noventa_e_três noventa_e_quatro "
        "noventa_e_cinco noventa_e_seis noventa_e_sete noventa_e_oito noventa_e_nove cem"
    ),
    "ur": (
        "صفر ایک دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس بیس اکیس بائیس "
        "تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس بتیس تینتیس چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس "
        "چالیس اکتالیس بیالیس تینتالیس چوالیس پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس اکیاون باون ترپن چون پچپن "
        "چھپن ستاون اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ ترسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر ستر اکہتر بہتر تہتر "
        "چوہتر پچھتر چھہتر ستتر اٹھہتر اناسی اسی اکیاسی بیاسی تراسی چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے "
        "اکیانوے بانوے ترانوے چورانوے پچانوے چھیانوے ستانوے اٹھانوے ننانوے سو"
    ),
}
"""The numbers from 0 to 100 of each language, in their order."""

MORE_NUMBERS: Final = {
    "en": "0 zero 1 one 2 two 3 three 4 four 5 five 6 six 7 seven 8 eight 9 nine 10 ten 11 eleven 12 twelve 13 "
    "thirteen 14 fourteen 15 fifteen 16 sixteen 17 seventeen 18 eighteen 19 nineteen 20 twenty 30 thirty 40 "
    "forty fourty 50 fifty 60 sixty 70 seventy 80 eighty 90 ninety",
    "ar": "1 واحدة إحدى أحد 2 اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي 3 ثلاث 4 أربع 5 خمس 6 ست 7 سبع 8 ثمان ثماني 9 "
    "تسع 10 عشر 20 عشرين 30 ثلاثين 40 أربعين 50 خمسين 60 ستين 70 سبعين 80 ثمانين 90 تسعين 200 مئتان مئتين مئتا "
    "مئتي مائتان مائتين مائتا مائتي 300 ثلاثمئة ثلاثمائة 400 أربعمئة أربعمائة 500 خمسمئة خمسمائة 600 ستمئة "
    "ستمائة 700 سبعمئة سبعمائة 800 ثمانمئة ثمانمائة ثمانيمائة 900 تسعمئة تسعمائة 2000 ألفان ألفين 2000000 "
    "مليونان مليونين",
    "am": "3 ሶስት 10 አሥር ዐሥር 11 አሥራ_አንድ 12 አሥራ_ሁለት 50 አምሳ 60 ስድሳ 10 አስራ",
    "bn": "1 একটি 2 দু দুটি দুই 6 ছ 15 পনেরো 16 ষোলো 17 সতেরো 18 আঠার 20 কুড়ি 35 পঁয়ত্রিশ 41 একচল্লিশ 51 একান্ন 66 "
    "ছেষট্টি 89 ঊননব্বই 19 ঊনিশ 29 ঊনত্রিশ 37 সাঁইত্রিশ সাইত্রিশ 39 ঊনচল্লিশ 44 চুয়াল্লিশ 49 ঊনপঞ্চাশ 59 ঊনষাট "
    "69 ঊনসত্তর 79 ঊনআশি 99 নিরানব্বুই",
    "hi": "5 पांच 6 छः छह छे 9 नौ 15 पन्द्रह 18 अट्ठारह 27 सत्ताइस 28 अठ्ठाईस अठाईस 29 उन्तीस 39 उन्तालीस 42 बयालिस "
    "45 पैंतालिस 50 पचास 75 पिचहत्तर पचहत्तर 85 पिचासी 90 नब्बे 95 पंचानवे 33 तेंतीस तेतीस 43 तेतालीस 44 चवालीस चौंवालीस 46 छयालीस "
    "53 तिरपन 63 तिरसठ 79 उनासी उन्नासी 88 अठासी 91 इक्यानबे 92 बानबे 93 तिरानबे 94 चौरानबे 96 छियानबे 97 "
    "सत्तानबे 98 अट्ठानबे 99 निन्यानबे",
    "ur": "3 تین 6 چھے چھ 9 نو 11 گیارہ 19 انیس 40 چالیس 48 اڑتالیس 85 پچاسی 33 تیتیس 63 تریسٹھ 91 اکانوے 19 اُنیس",
    "my": "1 တစ 7 ခုနှစ် ခွန်နှစ် ခုနှစ 10 ဆယ်",
    "de": "1 ein eine einen einem einer 2 zwo 30 dreissig",
    "nl": "1 een",
    "fr": "1 une 71 soixante_et_onze 80 quatre-vingt 70 septante 90 nonante",
    "es": "1 una un 21 veintiún 100 ciento 200 doscientos doscientas 300 trescientos trescientas 400 cuatrocientos "
    "cuatrocientas 500 quinientos quinientas 600 seiscientos seiscientas 700 setecientos setecientas 800 "
    "ochocientos ochocientas 900 novecientos novecientas",
    "it": "1 una un 23 ventitre 28 ventotto",
    "pt": "1 uma 2 duas 16 dezesseis 17 dezessete 19 dezenove 50 cinqüenta 100 cento 200 duzentos duzentas 300 "
    "trezentos trezentas 400 quatrocentos quatrocentas 500 quinhentos quinhentas 600 seiscentos seiscentas 700 "
    "setecentos setecentas 800 oitocentos oitocentas 900 novecentos novecentas",
    "ru": "0 ноль 1 один одна одно 2 два две 3 три 4 четыре 5 пять 6 шесть 7 семь 8 восемь 9 девять 10 десять 11 "
    "одиннадцать 12 двенадцать 13 тринадцать 14 четырнадцать 15 пятнадцать 16 шестнадцать 17 семнадцать 18 "
    "восемнадцать 19 девятнадцать 20 двадцать 30 тридцать 40 сорок 50 пятьдесят 60 шестьдесят 70 семьдесят 80 "
    "восемьдесят 90 девяносто 100 сто 200 двести 300 триста 400 четыреста 500 пятьсот 600 шестьсот 700 семьсот "
    "800 восемьсот 900 девятьсот",
    "uk": "0 нуль 1 один одна одне 2 два дві 3 три 4 чотири 5 п'ять 6 шість 7 сім 8 вісім 9 дев'ять 10 десять 11 "
    "одинадцять 12 дванадцять 13 тринадцять 14 чотирнадцять 15 п'ятнадцять 16 шістнадцять 17 сімнадцять 18 "
    "вісімнадцять 19 дев'ятнадцять 20 двадцять 30 тридцять 40 сорок 50 п'ятдесят 60 шістдесят 70 сімдесят 80 "
    "вісімдесят 90 дев'яносто 100 сто 200 двісті 300 триста 400 чотириста 500 п'ятсот 600 шістсот 700 сімсот "
    "800 вісімсот 900 дев'ятсот",
    "pl": "0 zero 1 jeden jedna jedno 2 dwa dwie 3 trzy 4 cztery 5 pięć 6 sześć 7 siedem 8 osiem 9 dziewięć 10 "
    "dziesięć 11 jedenaście 12 dwanaście 13 trzynaście 14 czternaście 15 piętnaście 16 szesnaście 17 "
    "siedemnaście 18 osiemnaście 19 dziewiętnaście 20 dwadzieścia 30 trzydzieści 40 czterdzieści 50 "
    "pięćdziesiąt 60 sześćdziesiąt 70 siedemdziesiąt 80 osiemdziesiąt 90 dziewięćdziesiąt 100 sto 200 dwieście "
    "300 trzysta 400 czterysta 500 pięćset 600 sześćset 700 siedemset 800 osiemset 900 dziewięćset",
    "tr": "0 sıfır 1 bir 2 iki 3 üç 4 dört 5 beş 6 altı 7 yedi 8 sekiz 9 dokuz 10 on 20 yirmi 30 otuz 40 kırk 50 elli "
    "60 altmış 70 yetmiş 80 seksen 90 doksan",
    "sv": "0 noll 1 ett en 2 två 3 tre 4 fyra 5 fem 6 sex 7 sju 8 åtta 9 nio 10 tio 11 elva 12 tolv 13 tretton 14 "
    "fjorton 15 femton 16 sexton 17 sjutton 18 arton 19 nitton 20 tjugo 30 trettio 40 fyrtio 50 femtio 60 "
    "sextio 70 sjuttio 80 åttio 90 nittio",
    "id": "0 nol 1 satu 2 dua 3 tiga 4 empat 5 lima 6 enam 7 tujuh 8 delapan 9 sembilan 10 sepuluh 11 sebelas 12 "
    "dua_belas 13 tiga_belas 14 empat_belas 15 lima_belas 16 enam_belas 17 tujuh_belas 18 delapan_belas 19 "
    "sembilan_belas 100 seratus 1000 seribu",
    "vi": "0 không 1 một mốt 2 hai 3 ba 4 bốn tư 5 năm lăm 6 sáu 7 bảy 8 tám 9 chín 10 mười",
    "fa": "0 صفر 1 یک 2 دو 3 سه 4 چهار 5 پنج 6 شش 7 هفت 8 هشت 9 نه 10 ده 11 یازده 12 دوازده 13 سیزده 14 چهارده 15 "
    "پانزده 16 شانزده 17 هفده 18 هجده 19 نوزده 20 بیست 30 سی 40 چهل 50 پنجاه 60 شصت 70 هفتاد 80 هشتاد 90 نود "
    "100 صد 200 دویست 300 سیصد 400 چهارصد 500 پانصد 600 ششصد 700 هفتصد 800 هشتصد 900 نهصد",
    "ko": "0 영 1 하나 한 2 둘 두 3 셋 세 4 넷 네 5 다섯 6 여섯 7 일곱 8 여덟 9 아홉 10 열 20 스물 스무 30 서른 40 "
    "마흔 50 쉰 60 예순 70 일흔 80 여든 90 아흔",
    "zh": "0 零 〇 1 一 壹 2 二 两 兩 贰 3 三 叁 4 四 肆 5 五 伍 6 六 陆 7 七 柒 8 八 捌 9 九 玖",
    "th": "0 ศูนย์ 1 หนึ่ง เอ็ด 2 สอง ยี่ 3 สาม 4 สี่ 5 ห้า 6 หก 7 เจ็ด 8 แปด 9 เก้า",
    "sino-ko": "1 일 2 이 3 삼 4 사 5 오 6 육 7 칠 8 팔 9 구",
}
"""Numbers that are added to what stands beside them, each before the words for it."""
POWERS: Final = {
    "en": "12 dozen 100 hundred 1000 thousand 1000000 million 1000000000 billion 1000000000000 trillion 100000 lakh "
    "lakhs 10000000 crore crores",
    "ar": "100 مئة مائة ميه 1000 ألف آلاف ألفا 1000000 مليون ملايين مليونا 1000000000 مليار مليارات",
    "am": "100 መቶ 1000 ሺህ ሺ 1000000 ሚሊዮን 1000000000 ቢሊዮን",
    "bn": "100 শ শো শত শ' 1000 হাজার 100000 লাখ লক্ষ 10000000 কোটি 1000000 মিলিয়ন 1000000000 বিলিয়ন",
    "hi": "100 सौ सैकड़ा 1000 हज़ार 100000 लाख 10000000 करोड़ 1000000000 अरब 1000000 मिलियन 1000000000 बिलियन",
    "ur": "100 سو 1000 ہزار 100000 لاکھ 10000000 کروڑ 1000000000 ارب 1000000 ملین 1000000000 بلین",
    "my": "10 ဆယ် ဆယ့် 100 ရာ ရာ့ 1000 ထောင် ထောင့် 10000 သောင်း 100000 သိန်း 1000000 သန်း 10000000 ကုဋေ",
    "de": "12 dutzend 100 hundert 1000 tausend 1000000 million millionen 1000000000 milliarde milliarden",
    "nl": "100 honderd 1000 duizend 1000000 miljoen 1000000000 miljard",
    "fr": "100 cent cents 1000 mille 1000000 million millions 1000000000 milliard milliards",
    "es": "1000 mil 1000000 millón millones",
    "it": "100 cento 1000 mille mila 1000000 milione milioni 1000000000 miliardo miliardi",
    "pt": "1000 mil 1000000 milhão milhões 1000000000 bilhão bilhões",
    "ru": "1000 тысяча тысячи тысяч 1000000 миллион миллиона миллионов 1000000000 миллиард миллиарда миллиардов",
    "uk": "1000 тисяча тисячі тисяч 1000000 мільйон мільйони мільйонів",
    "pl": "1000 tysiąc tysiące tysięcy 1000000 milion miliony milionów",
    "tr": "100 yüz 1000 bin 1000000 milyon 1000000000 milyar",
    "sv": "100 hundra 1000 tusen 1000000 miljon miljoner",
    "id": "10 puluh 100 ratus 1000 ribu 1000000 juta 1000000000 miliar",
    "vi": "10 mươi 100 trăm 1000 nghìn ngàn 1000000 triệu 1000000000 tỷ tỉ",
    "fa": "1000 هزار 1000000 میلیون 1000000000 میلیارد",
    "zh": "10 十 拾 100 百 佰 1000 千 仟 10000 万 萬 100000000 亿 億 1000000000000 兆",
    "th": "10 สิบ 100 ร้อย 1000 พัน 10000 หมื่น 100000 แสน 1000000 ล้าน",
    "sino-ko": "10 십 100 백 1000 천 10000 만 100000000 억",
}
"""Numbers that multiply the smaller ones before them."""
SHARES: Final = {
    "en": "2 half halves 3 third thirds 4 quarter quarters fourth fourths 5 fifth fifths 6 sixth sixths 7 seventh "
    "sevenths 8 eighth eighths 9 ninth ninths 10 tenth tenths 100 hundredth hundredths",
    "ar": "2 نصف 3 ثلث أثلاث 4 ربع أرباع 5 أخماس 6 سدس أسداس 8 ثمن أثمان 10 عشر_أعشار أعشار",
    "am": "2 ግማሽ 3 ሲሶ ሶስተኛ 4 ሩብ አራተኛ 5 አምስተኛ 10 አስረኛ",
    "bn": "2 অর্ধেক আধা আধ 3 তৃতীয়াংশ তিহাই 4 চতুর্থাংশ সিকি 5 পঞ্চমাংশ 10 দশমাংশ",
    "hi": "2 आधा आधे आधी 3 तिहाई 4 चौथाई 5 पाँचवाँ_हिस्सा 10 दसवाँ_हिस्सा",
    "ur": "2 آدھا آدھے آدھی نصف 3 تہائی 4 چوتھائی",
    "de": "2 halb 3 drittel 4 viertel 5 fünftel 6 sechstel 8 achtel 10 zehntel",
    "fr": "3 tiers 4 quart quarts 5 cinquième cinquièmes 10 dixième dixièmes",
    "es": "3 tercio tercios 4 cuarto cuartos 5 quinto quintos 10 décimo décimos",
    "it": "3 terzo terzi 4 quarto quarti 5 quinto quinti 10 decimo decimi",
    "pt": "3 terço terços 4 quarto quartos 5 quinto quintos 10 décimo décimos",
    "nl": "3 derde 4 kwart vierde 5 vijfde 10 tiende",
}
"""Shares of one, by the number of parts; a share multiplies the number before it, or is added after an ``and``."""
ALONE: Final = "نصف ثلث ربع ግማሽ ሩብ ሲሶ অর্ধেক আধা সিকি आधा आधे आधी चौथाई तिहाई آدھا آدھے آدھی چوتھائی تہائی"
"""The shares that stand without a number before them."""
SHIFTS: Final = {
    "bn": "0.5 সাড়ে 0.25 সোয়া -0.25 পৌনে",
    "hi": "0.5 साढ़े 0.25 सवा -0.25 पौने पौन",
    "ur": "0.5 ساڑھے 0.25 سوا -0.25 پونے پون",
}
"""What such a word adds to the number after it, or to one where none follows."""
FIXED: Final = {
    "bn": "1.5 দেড় 2.5 আড়াই",
    "hi": "1.5 डेढ़ 2.5 ढाई अढ़ाई",
    "ur": "1.5 ڈیڑھ 2.5 ڈھائی اڑھائی",
    "de": "1.5 anderthalb eineinhalb 2.5 zweieinhalb 3.5 dreieinhalb 4.5 viereinhalb",
    "nl": "1.5 anderhalf anderhalve 2.5 tweeënhalf 3.5 drieënhalf",
    "ru": "1.5 полтора полторы",
    "pl": "1.5 półtora",
    "th": "0.5 ครึ่งหนึ่ง ครึ่ง",
}
"""Numbers with a half that are one word."""
JOINERS: Final = {
    "en": r"[\s-]*\band\b(?:\s+an?\b)?[\s-]*",
    "ar": r"\s*و\s*",
    "fa": r"\s*و\s*",
    "am": r"\s*ከ|\s*እና\s*",
    "de": r"und",
    "nl": r"[\s-]*en[\s-]*|ën",
    "fr": r"[\s-]+et[\s-]+",
    "es": r"\s+y\s+",
    "it": r"\s+e\s+",
    "pt": r"\s+e\s+",
    "sv": r"\s+och\s+",
    "vi": r"\s+(?:lẻ|linh)\s+",
}
"""What joins the parts of a number as a word of its own."""
ONES_FIRST: Final = frozenset({"ar", "de", "nl"})
"""The languages that say the ones before the tens."""
JOINED_AFTER_POWER: Final = frozenset({"ar", "fa"})
"""The languages that join to a power what is added to it."""
WITHOUT_SPACES: Final = frozenset({"my", "zh", "th", "sino-ko"})
"""The languages that write other words beside a number without a space."""
SCRIPTS: Final = {
    "a-zà-ɏḀ-ỿ": "en de fr es it pt nl pl tr sv id vi",
    "\u0600-\u06ff": "ar ur fa",
    "\u0900-\u097f": "hi",
    "\u0980-\u09ff": "bn",
    "\u1200-\u139f": "am",
    "\u1000-\u109f": "my",
    "\u0e00-\u0e7f": "th",
    "\u4e00-\u9fff〇": "zh",
    "\uac00-\ud7a3": "ko sino-ko",
    "\u0400-\u04ff": "ru uk",
}
"""The letters of each script, and the languages that are written in it."""
PREFIXES: Final = {"am": "ከ|በ|የ|ለ|እና", "ar": "و|ب|ل|ف", "fa": "و"}
"""What is written before a number without a space, and is no part of it."""
HALVES: Final = {"my": ("ခွဲ",)}
"""Words for one half of the power before them: တစ်သောင်းခွဲ is 15,000."""
ENDINGS: Final = {"bn": "টি|টা|টে|জন|খানা|খানি", "ar": "ا|ً|اً", "ko": "개|명|마리|권|살"}
"""What is written at a number without a space, and is no part of it."""
