"""The numbers from 0 to 100 in the words of twelve languages, in their order; a space within a number is ``_``."""

from __future__ import annotations

from typing import Final

NUMBERS: Final = (
    # ar
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
    "أربعة_وتسعون خمسة_وتسعون ستة_وتسعون سبعة_وتسعون ثمانية_وتسعون تسعة_وتسعون مائة",
    # am
    "ዜሮ አንድ ሁለት ሦስት አራት አምስት ስድስት ሰባት ስምንት ዘጠኝ አስር አስራ_አንድ አስራ_ሁለት አስራ_ሦስት አስራ_አራት አስራ_አምስት አስራ_ስድስት አስራ_ሰባት "
    "አስራ_ስምንት አስራ_ዘጠኝ ሃያ ሃያ_አንድ ሃያ_ሁለት ሃያ_ሦስት ሃያ_አራት ሃያ_አምስት ሃያ_ስድስት ሃያ_ሰባት ሃያ_ስምንት ሃያ_ዘጠኝ ሠላሳ ሠላሳ_አንድ ሠላሳ_ሁለት "
    "ሠላሳ_ሦስት ሠላሳ_አራት ሠላሳ_አምስት ሠላሳ_ስድስት ሠላሳ_ሰባት ሠላሳ_ስምንት ሠላሳ_ዘጠኝ አርባ አርባ_አንድ አርባ_ሁለት አርባ_ሦስት አርባ_አራት አርባ_አምስት "
    "አርባ_ስድስት አርባ_ሰባት አርባ_ስምንት አርባ_ዘጠኝ ሃምሳ ሃምሳ_አንድ ሃምሳ_ሁለት ሃምሳ_ሦስት ሃምሳ_አራት ሃምሳ_አምስት ሃምሳ_ስድስት ሃምሳ_ሰባት ሃምሳ_ስምንት "
    "ሃምሳ_ዘጠኝ ስልሳ ስልሳ_አንድ ስልሳ_ሁለት ስልሳ_ሦስት ስልሳ_አራት ስልሳ_አምስት ስልሳ_ስድስት ስልሳ_ሰባት ስልሳ_ስምንት ስልሳ_ዘጠኝ ሰባ ሰባ_አንድ ሰባ_ሁለት "
    "ሰባ_ሦስት ሰባ_አራት ሰባ_አምስት ሰባ_ስድስት ሰባ_ሰባት ሰባ_ስምንት ሰባ_ዘጠኝ ሰማንያ ሰማንያ_አንድ ሰማንያ_ሁለት ሰማንያ_ሦስት ሰማንያ_አራት ሰማንያ_አምስት "
    "ሰማንያ_ስድስት ሰማንያ_ሰባት ሰማንያ_ስምንት ሰማንያ_ዘጠኝ ዘጠና ዘጠና_አንድ ዘጠና_ሁለት ዘጠና_ሦስት ዘጠና_አራት ዘጠና_አምስት ዘጠና_ስድስት ዘጠና_ሰባት ዘጠና_ስምንት "
    "ዘጠና_ዘጠኝ መቶ",
    # bn
    "শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয় দশ এগারো বারো তেরো চৌদ্দ পনের ষোল সতের আঠারো উনিশ বিশ একুশ বাইশ "
    "তেইশ চব্বিশ পঁচিশ ছাব্বিশ সাতাশ আটাশ উনত্রিশ ত্রিশ একত্রিশ বত্রিশ তেত্রিশ চৌত্রিশ পঁইত্রিশ ছত্রিশ সাতত্রিশ "
    "আটত্রিশ উনচল্লিশ চল্লিশ একচল্লিশ বিয়াল্লিশ তেতাল্লিশ চৌচল্লিশ পঁয়তাল্লিশ ছেচল্লিশ সাতচল্লিশ আটচল্লিশ "
    "উনপঞ্চাশ পঞ্চাশ একান্ন বাহান্ন তিপ্পান্ন চুয়ান্ন পঞ্চান্ন ছাপ্পান্ন সাতান্ন আটান্ন উনষাট ষাট একষট্টি "
    "বাষট্টি তেষট্টি চৌষট্টি পঁয়ষট্টি ছিষট্টি সাতষট্টি আটষট্টি উনসত্তর সত্তর একাত্তর বাহাত্তর তিয়াত্তর "
    "চুয়াত্তর পঁচাত্তর ছিয়াত্তর সাতাত্তর আটাত্তর উনআশি আশি একাশি বিরাশি তিরাশি চুরাশি পঁচাশি ছিয়াশি সাতাশি "
    "আটাশি উননব্বই নব্বই একানব্বই বিরানব্বই তিরানব্বই চুরানব্বই পঁচানব্বই ছিয়ানব্বই সাতানব্বই আটানব্বই নিরানব্বই "
    "একশ",
    # de
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
    "sechsundneunzig siebenundneunzig achtundneunzig neunundneunzig hundert",
    # es
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
    "noventa_y_cinco noventa_y_seis noventa_y_siete noventa_y_ocho noventa_y_nueve cien",
    # fr
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
    "quatre-vingt-seize quatre-vingt-dix-sept quatre-vingt-dix-huit quatre-vingt-dix-neuf cent",
    # hi
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस बीस इक्कीस "
    "बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस "
    "अड़तीस उनतालीस चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास पचास इक्यावन "
    "बावन तिरेपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ साठ इकसठ बासठ तिरेसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उन्यासी अस्सी इक्यासी बयासी तिरासी "
    "चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे "
    "अट्ठानवे निन्यानवे सौ",
    # it
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
    "novantasette novantotto novantanove cento",
    # my
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
    "တစ်ရာ",
    # nl
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
    "vijfennegentig zesennegentig zevenennegentig achtennegentig negenennegentig honderd",
    # pt
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
    "noventa_e_cinco noventa_e_seis noventa_e_sete noventa_e_oito noventa_e_nove cem",
    # ur
    "صفر ایک دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس بیس اکیس بائیس "
    "تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس تیس اکتیس بتیس تینتیس چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس "
    "چالیس اکتالیس بیالیس تینتالیس چوالیس پینتالیس چھیالیس سینتالیس اڑتالیس انچاس پچاس اکیاون باون ترپن چون پچپن "
    "چھپن ستاون اٹھاون انسٹھ ساٹھ اکسٹھ باسٹھ ترسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر ستر اکہتر بہتر تہتر "
    "چوہتر پچھتر چھہتر ستتر اٹھہتر اناسی اسی اکیاسی بیاسی تراسی چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی نوے "
    "اکیانوے بانوے ترانوے چورانوے پچانوے چھیانوے ستانوے اٹھانوے ننانوے سو",
)
