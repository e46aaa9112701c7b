"""Names in 33 languages, as CLDR (Unicode licence) has them; tests.support.unit_names writes this."""

from typing import Final

CURRENCY_NAMES: Final = """\
euro 1 eur euro euros € یورو ዩሮ ইউরো यूरो ယူရို ยูโร 欧元 ユーロ ευρω euroa אירו 유로 युरो евро yuro யூரோ
    யூரோக்கள் యూరో యూరోలు євро 歐元
dollar 1 usd us_dollar us_dollars $ dollars dollar دولار_امریکی us$ دولار የአሜሪካን_ዶላር ዶላር
    মার্কিন_ডলার ডলার यूएस_डॉलर डॉलर امریکی_ڈالر ڈالر အမေရိကန်_ဒေါ်လာ ဒေါ်လာ ดอลลาร์สหรัฐ 美元 米ドル
    us-dollar δολαριο_ηπα δολαρια_ηπα δολαριο δολαρια dólar_estadounidense dólares_estadounidenses
    dólares dólar دلار_آمریکا دلار yhdysvaltain_dollari yhdysvaltain_dollaria dollari dollaria
    dollar_des_états-unis dollars_des_états-unis $us דולר_אמריקאי דולר dolar_amerika_serikat dolar
    dollaro_statunitense dollari_statunitensi dollaro 미국_달러 달러 यूएस_डॉलर्स डॉलर्स amerikaanse_dollar
    dolar_amerykański dolary_amerykańskie dolarów_amerykańskich dolara_amerykańskiego dolary dolara
    dolarów dólar_americano dólares_americanos доллар_сша доллара_сша долларов_сша долларов доллар
    доллара amerikansk_dollar amerikanska_dollar dola_ya_marekani dola_za_marekani dola
    அமெரிக்க_டாலர் அமெரிக்க_டாலர்கள் டாலர் டாலர்கள் అమెరికా_డాలర్ అమెరికా_డాలర్లు డాలర్లు డాలర్
    abd_doları doları долар_сша долари_сша доларів_сша долара_сша долар долара долари доларів
    đô_la_mỹ đô la
rupee 1 inr indian_rupee indian_rupees ₹ rupee rupees روبیة_هندی روبیة የህንድ_ሩፒ ሩፒ ভারতীয়_টাকা
    ভারতীয়_রুপি রুপি भारतीय_रुपया भारतीय_रुपए रुपए रुपया بھارتی_روپیہ بھارتی_روپے روپیہ
    အိန္ဒိယ_ရူပီး ရူပီး รูปีอินเดีย 印度卢比 インド_ルピー ルピー indische_rupie indische_rupien ρουπια_ινδιασ
    ρουπιεσ_ινδιασ ρουπια ρουπιεσ rupia_india rupias_indias rupia rupias روپیهٔ_هند روپیهٔ
    intian_rupia intian_rupiaa rupiaa roupie_indienne roupies_indiennes roupies roupie רופי_הודי
    רופי rupee_india rs rupia_indiana rupie_indiane rupie 인도_루피 루피 भारतीय_रुपये रुपये indiase_roepie
    roepie rupia_indyjska rupie_indyjskie rupii_indyjskich rupii_indyjskiej rupii rupias_indianas
    индийская_рупия индийские_рупии индийских_рупий индийской_рупии рупии рупия рупий indisk_rupie
    indiska_rupier rupier rupia_ya_india rupia_za_india இந்திய_ரூபாய் இந்திய_ரூபாய்கள் ரூபாய்கள்
    ரூபாய் భారతదేశ_రూపాయి భారతదేశ_రూపాయలు రూపాయి రూపాయలు hindistan_rupisi rupisi індійська_рупія
    індійські_рупії індійських_рупій індійської_рупії рупія рупії рупій rupee_ấn_độ 印度盧比
taka 1 bdt bangladeshi_taka bangladeshi_takas تاکا_بنغلادیشی የባንግላዲሽ_ታካ বাংলাদেশী_টাকা ৳
    बांग्लादेशी_टका بنگلہ_دیشی_ٹکا ဘင်္ဂလားဒေ့ရှ်_တာကာ ตากาบังกลาเทศ 孟加拉塔卡 バングラデシュ_タカ
    bangladesch-taka τακα_μπαγκλαντεσ taka_bangladesí takas_bangladesíes تاکای_بنگلادش
    bangladeshin_taka bangladeshin_takaa taka_bangladeshi takas_bangladeshis טאקה_בנגלדשי
    taka_bangladesh taka_bengalese taka_bengalesi taka_bangladese 방글라데시_타카 बांगलादेशी_टका
    bengalese_taka taka_bengalska taka_bengalskie taka_bengalskich taka_bengalskiej taka_bengali
    takas_bengalis бангладешская_така бангладешские_таки бангладешских_так бангладешской_таки
    bangladeshisk_taka bangladeshiska_taka taka_ya_bangladesh taka_za_bangladesh பங்களாதேஷி_டாகா
    பங்களாதேஷி_டாகாக்கள் బాంగ్లాదేశ్_టాకా బాంగ్లాదేశ్_టాకాలు bangladeş_takası бангладеська_така
    бангладеські_таки бангладеських_так бангладеської_таки
yuan 1 cny chinese_yuan cn¥ یوان_صینی የቻይና_የን চীনা_ইউয়ান चीनी_युआन چینی_یوآن တရုတ်_ယွမ် หยวนจีน 人民币
    中国人民元 元 chinesischer_yuan renminbi_yuan γουαν_κινασ yuan_renminbi yuanes_renminbi یوآن_چین ¥cn
    kiinan_juan kiinan_juania yuan_renminbi_chinois yuans_renminbi_chinois יואן_סיני yuan_tiongkok
    yuan_cinese yuan_cinesi 중국_위안화 juan_chiński juany_chińskie juanów_chińskich juana_chińskiego
    yuan_chinês yuans_chineses китайский_юань китайских_юаня китайских_юаней китайского_юаня
    kinesisk_yuan kinesiska_yuan yuan_ya_uchina yuan_za_uchina சீன_யுவான் చైనీస్_యువాన్ çin_yuanı
    китайський_юань китайські_юані китайських_юанів китайського_юаня nhân_dân_tệ 人民幣
yen 1 jpy japanese_yen ین_یابانی jp¥ የጃፓን_የን জাপানি_ইয়েন जापानी_येन جاپانی_ین ဂျပန်_ယန်း เยนญี่ปุ่น
    日元 円 日本円 japanischer_yen japanische_yen γιεν_ιαπωνιασ yen_japonés yenes_japoneses ین_ژاپن
    japanin_jeni japanin_jeniä yen_japonais yens_japonais ין_יפני yen_jepang yen_giapponese
    yen_giapponesi 일본_엔화 जपानी_येन japanse_yen jen_japoński jeny_japońskie jenów_japońskich
    jena_japońskiego iene_japonês ienes_japoneses японская_иена японские_иены японских_иен
    японской_иены japansk_yen japanska_yen yen_ya_japani yen_za_japani ஜப்பானிய_யென் జపనీస్_యెన్
    japon_yeni японська_єна японські_єни японських_єн японської_єни yên_nhật 日圓
pound_sterling 1 gbp british_pound british_pounds £ جنیه_استرلینی uk£ የእንግሊዝ_ፓውንድ_ስተርሊንግ
    ব্রিটিশ_পাউন্ড ब्रिटिश_पाउंड_स्टर्लिंग برطانوی_پاؤنڈ ဗြိတိသျှ_ပေါင် 英镑 英国ポンド britisches_pfund
    britische_pfund λιρα_στερλινα_βρετανιασ libra_esterlina libras_esterlinas پوند_بریتانیا
    englannin_punta englannin_puntaa livre_sterling livres_sterling £gb לירה_שטרלינג pound_inggris
    sterlina_britannica sterline_britanniche 영국_파운드 ब्रिटिश_पाऊंड ब्रिटिश_पाऊंड्स britse_pond
    funt_szterling funty_szterlingi funtów_szterlingów funta_szterlinga brittiskt_pund
    brittiska_pund pauni_ya_uingereza pauni_za_uingereza பிரிட்டிஷ்_பவுண்டு பிரிட்டிஷ்_பவுண்டுகள்
    బ్రిటిష్_పౌండ్ బ్రిటిష్_పౌండ్లు ingiliz_sterlini англійський_фунт англійські_фунти
    англійських_фунтів англійського_фунта bảng_anh 英鎊
pound 1 egp egyptian_pound egyptian_pounds جنیه_مصری جنیهان_مصریان جنیهات_مصریة جنیها_مصریا ج.م جنیه
    የግብጽ_ፓውንድ মিশরীয়_পাউন্ড मिस्र_पाउंड مصری_پاؤنڈ پاؤنڈ အီဂျစ်_ပေါင် ปอนด์อียิปต์ 埃及镑 エジプト_ポンド
    ägyptisches_pfund ägyptische_pfund λιρα_αιγυπτου λιρεσ_αιγυπτου λιρα λιρεσ libra_egipcia
    libras_egipcias پوند_مصر egyptin_punta egyptin_puntaa puntaa punta livre_égyptienne
    livres_égyptiennes לירה_מצרית לירה pound_mesir sterlina_egiziana sterline_egiziane sterline
    sterlina 이집트_파운드 इजिप्शियन_पाउंड इजिप्शियन_पाउंड्स egyptisch_pond pond funt_egipski
    funty_egipskie funtów_egipskich funta_egipskiego libra_egípcia libras_egípcias египетский_фунт
    египетских_фунта египетских_фунтов египетского_фунта egyptiskt_pund egyptiska_pund eg£
    pauni_ya_misri pauni_za_misri pauni எகிப்திய_பவுண்டு எகிப்திய_பவுண்டுகள் ఈజిప్షియన్_పౌండ్
    ఈజిప్షియన్_పౌండ్లు పౌండ్ mısır_lirası єгипетський_фунт єгипетські_фунти єгипетських_фунтів
    єгипетського_фунта bảng_ai_cập bảng 埃及鎊
baht 1 thb thai_baht باخت_تایلاندی ฿ የታይላንድ_ባህት থাই_বাত थाई_बहत تھائی_باہت ထိုင်း_ဘတ် บาทไทย บาท 泰铢
    タイ_バーツ thailändischer_baht thailändische_baht μπατ_ταϊλανδησ bat_tailandés bats_tailandeses
    بات_تایلند thaimaan_baht thaimaan_bahtia baht_thaïlandais bahts_thaïlandais בהט_תאילנדי
    baht_thailand baht_thailandese baht_thailandesi 태국_바트 थाई_बाहत thaise_baht baht_tajski
    bahty_tajskie bahtów_tajskich bahta_tajskiego baht_tailandês bahts_tailandeses таиландский_бат
    таиландских_бата таиландских_батов таиландского_бата thailändsk_baht thailändska_baht
    baht_ya_tailandi baht_za_tailandi தாய்_பாட் థాయ్_బాట్ tayland_bahtı таїландський_бат
    таїландські_бати таїландських_батів таїландського_бата bạt_thái_lan 泰銖
birr 1 etb ethiopian_birr ethiopian_birrs بیر_اثیوبی የኢትዮጵያ_ብር ብር ইথিওপিয়ান_বির इथियोपियन_बिर
    ایتھوپیائی_بر အီသီယိုးပီးယား_ဘီးယာ เบอรร์เอธิโอเปีย 埃塞俄比亚比尔 エチオピア_ブル äthiopischer_birr
    äthiopische_birr μπιρ_αιθιοπιασ bir_etíope bires_etíopes بیر_اتیوپی etiopian_birr
    etiopian_birriä birr_éthiopien birrs_éthiopiens ביר_אתיופי birr_etiopia birr_etiope birr_etiopi
    에티오피아_비르 इथिओपियन_बिर इथिओपियन_बिर्स ethiopische_birr birr_etiopski birry_etiopskie
    birrów_etiopskich birra_etiopskiego birr_etíope birrs_etíopes эфиопский_быр эфиопских_быра
    эфиопских_быров эфиопского_быра etiopisk_birr etiopiska_birr birr_ya_uhabeshi birr_za_uhabeshi
    எத்தியோப்பியன்_பிர் எத்தியோப்பியன்_பிர்கள் ఇథియోపియన్_బర్ ఇథియోపియన్_బర్లు etiyopya_birri
    ефіопський_бир ефіопські_бири ефіопських_бирів ефіопського_бира birr_ethiopia 衣索比亞比爾
kyat 1 mmk myanmar_kyat myanmar_kyats کیات_میانمار የማያናማር_ክያት মায়ানমার_কিয়াত म्यांमार_क्याट
    میانمار_کیاٹ မြန်မာ_ကျပ် จ๊าตพม่า 缅甸元 ミャンマー_チャット myanmarischer_kyat myanmarische_kyat
    κιατ_μιανμαρ kiat_de_myanmar kiats_de_myanmar myanmarin_kyat myanmarin_kyatia kyat_myanmarais
    kyats_myanmarais קיאט_מיאנמרי kyat_myanmar kyat_di_myanmar 미얀마_키얏 म्यानमार_क्याट myanmarese_kyat
    kiat_birmański kiaty_birmańskie kiatów_birmańskich kiata_birmańskiego quiate_mianmarense
    quiates_mianmarenses мьянманский_кьят мьянманских_кьята мьянманских_кьятов мьянманского_кьята
    myanmarisk_kyat myanmariska_kyat kyat_ya_myanmar kyat_za_myanmar மியான்மர்_கியாத்
    மியான்மர்_கியாத்கள் మయన్మార్_క్యాట్ మయన్మార్_క్యాట్లు myanmar_kyatı к'ят_м'янми к'яти_м'янми
    к'ятів_м'янми к'ята_м'янми kyat_myanma 緬甸元
won 1 krw south_korean_won ₩ وون_کوریا_الجنوبیة የደቡብ_ኮሪያ_ዎን দক্ষিণ_কোরিয়ান_ওন दक्षिण_कोरियाई_वॉन
    جنوبی_کوریائی_وون တောင်ကိုရီးယား_ဝမ် วอนเกาหลีใต้ 韩元 韓国ウォン südkoreanischer_won
    südkoreanische_won γουον_νοτιασ_κορεασ won_surcoreano wons_surcoreanos وون_کرهٔ_جنوبی
    etelä-korean_won etelä-korean_wonia won_sud-coréen wons_sud-coréens וון_דרום_קוריאני
    won_korea_selatan won_sudcoreano won_sudcoreani 대한민국_원 दक्षिण_कोरियन_वॉन zuid-koreaanse_won
    won_południowokoreański won_sul-coreano wons_sul-coreanos южнокорейская_вона южнокорейские_воны
    южнокорейских_вон южнокорейской_воны sydkoreansk_won sydkoreanska_won won_ya_korea_kusini
    won_za_korea_kusini தென்_கொரிய_வான் దక్షిణ_కొరియా_వోన్ güney_kore_wonu південнокорейський_вон
    південнокорейські_вони південнокорейських_вонів південнокорейського_вона won_hàn_quốc 韓元
riyal 1 sar saudi_riyal saudi_riyals ریال_سعودی ر.س ریال የሳውዲ_ሪያል সৌদি_রিয়াল রিয়াল सउदी_रियाल
    रियाल سعودی_ریال ริยัลซาอุดีอาระเบีย 沙特里亚尔 サウジ_リヤル saudi-rial ριαλ_σαουδικησ_αραβιασ ριαλ
    rial_saudí riales_saudíes riales rial saudi-arabian_rial saudi-arabian_rialia rialia
    riyal_saoudien riyals_saoudiens riyal riyals ריאל_סעודי ריאל riyal_arab_saudi riyal_saudita
    riyal_sauditi 사우디아라비아_리얄 सौदी_रियाल saoedi-arabische_riyal rial_saudyjski riale_saudyjskie
    riali_saudyjskich riala_saudyjskiego riala riale riali riyales_sauditas саудовский_риял
    саудовских_рияла саудовских_риялов саудовского_рияла saudisk_riyal saudiska_riyal
    riyal_ya_saudia riyal_za_saudia சவுதி_ரியால் சவுதி_ரியால்கள் ரியால்கள் ரியால் సౌది_రియల్
    సౌది_రియల్లు suudi_arabistan_riyali riyali саудівський_ріал саудівські_ріали саудівських_ріалів
    саудівського_ріала ріалів ріал ріала ріали riyal_ả_rập_xê-út 沙烏地里亞爾
dirham 1 aed uae_dirham uae_dirhams dirhams dirham درهم_اماراتی د.ا درهم የተባበሩት_የአረብ_ኤምሬትስ_ድርሀም
    দিরহাম संयुक्त_अरब_अमीरात_दिरहम दिरहम متحدہ_عرب_اماراتی_درہم درہم 阿联酋迪拉姆 uae_ディルハム アラブ首長国連邦ディルハム
    ディルハム vae-dirham ντιραμ dírham dírhams درهم_امارات_متحدهٔ_عربی dirhami dirhamia דירהם
    dirham_uni_emirat_arab dirham_degli_eau 아랍에미리트_디르함 디르함 दिरहॅम dirham_zea dirhamy_zea
    dirhamów_zea dirhama_zea dirhamy dirhama dirhamów dirham_dos_eau dirhams_dos_eau дирхам_оаэ
    дирхама_оаэ дирхамов_оаэ дирхам дирхамов дирхама emiratisk_dirham திர்ஹாம்கள் திர்ஹாம்
    bae_dirhemi dirhemi дирхам_оае дирхами_оае дирхамів_оае дирхама_оае дирхамів дирхами dirham_uae
    阿拉伯聯合大公國迪爾汗
dinar 1 kwd kuwaiti_dinar kuwaiti_dinars dinar dinars دینار_کویتی د.ک دینار የኩዌት_ዲናር ዲናር
    কুয়েতি_দিনার দিনার कुवैती_दिनार दिनार کویتی_دینار ကူဝိတ်_ဒီနာ ดีนาร์คูเวต 科威特第纳尔 クウェート_ディナール
    ディナール kuwait-dinar δηναριο_κουβειτ δηναρια_κουβειτ δηναριο δηναρια dinar_kuwaití
    dinares_kuwaitíes dinares دینار_کویت kuwaitin_dinaari kuwaitin_dinaaria dinaari dinaaria
    dinar_koweïtien dinar_koweïtiens דינר_כוויתי דינר dinar_kuwait dinaro_kuwaitiano
    dinari_kuwaitiani dinari dinaro 쿠웨이트_디나르 디나르 koeweitse_dinar dinar_kuwejcki dinary_kuwejckie
    dinarów_kuwejckich dinara_kuwejckiego dinarów dinary dinara dinar_kuwaitiano dinares_kuwaitianos
    кувейтский_динар кувейтских_динара кувейтских_динаров кувейтского_динара динаров динар динара
    kuwaitisk_dinar kuwaitiska_dinarer dinarer dinari_ya_kuwait dinari_za_kuwait குவைத்தி_தினார்
    குவைத்தி_தினார்கள் தினார் தினார்கள் కువైట్_దీనార్ కువైట్_దీనార్లు kuveyt_dinarı dinarı
    кувейтський_динар кувейтські_динари кувейтських_динарів кувейтського_динара динарів динари
    科威特第納爾
ruble 1 rub russian_ruble russian_rubles rubles ruble روبل_روسی روبل የሩስያ_ሩብል ሩብል রাশিয়ান_রুবেল
    রুবেল रूसी_रूबल रूबल روسی_روبل ရုရှ_ရူဘယ် ရူဘယ် รูเบิลรัสเซีย 俄罗斯卢布 ロシア_ルーブル ルーブル
    russischer_rubel russische_rubel rubel ρουβλι_ρωσιασ ρουβλια_ρωσιασ ρουβλια ρουβλι rublo_ruso
    rublos_rusos rublo rublos روبل_روسیه venäjän_rupla venäjän_ruplaa rupla ruplaa rouble_russe
    roubles_russes rouble roubles רובל_רוסי רובל rubel_rusia rublo_russo rubli_russi rubli 러시아_루블 루블
    रशियन_रुबल रशियन_रुबल्स रुबल्स रुबल russische_roebel roebel rubel_rosyjski ruble_rosyjskie
    rubli_rosyjskich rubla_rosyjskiego rubla rublos_russos российский_рубль российских_рубля
    российских_рублей российского_рубля ₽ рубль рублей рубля rysk_rubel ryska_rubel ruble_ya_urusi
    ruble_za_urusi ரஷியன்_ரூபிள் ரஷியன்_ரூபிள்கள் ரூபிள் ரூபிள்கள் రష్యన్_రూబల్ రష్యన్_రూబల్లు రూబల్
    రూబల్లు rus_rublesi rublesi російський_рубль російські_рублі російських_рублів російського_рубля
    рублів рублі rúp_nga rúp 俄羅斯盧布
lira 1 try turkish_lira لیرة_ترکیة የቱርክ_ሊራ তুর্কি_লিরা तुर्की_लीरा ترکی_لیرا တူရကီ_လိုင်ရာ ลีราตุรกี
    土耳其里拉 トルコ_リラ türkische_lira λιρα_τουρκιασ λιρεσ_τουρκιασ lira_turca liras_turcas لیرهٔ_ترکیه
    turkin_liira turkin_liiraa livre_turque livres_turques לירה_טורקית_חדשה לירות_טורקיות lira_turki
    lire_turche 튀르키예_리라 तुर्की_लिरा turkse_lira lira_turecka liry_tureckie lir_tureckich
    liry_tureckiej турецкая_лира турецкие_лиры турецких_лир турецкой_лиры turkisk_lira turkiska_lira
    lira_ya_uturuki lira_za_uturuki துருக்கிஷ்_லீரா టర్కిష్_లీరా türk_lirası ₺ турецька_ліра
    турецькі_ліри турецьких_лір турецької_ліри lia_thổ_nhĩ_kỳ
real 1 brl brazilian_real brazilian_reals r$ ریال_برازیلی የብራዚል_ሪል ব্রাজিলিয়ান_রিয়েল
    ब्राज़ीली_रियाल برازیلی_ریئل ဘရာဇီး_ရီးယဲ เรียลบราซิล 巴西雷亚尔 ブラジル_レアル brasilianischer_real
    brasilianische_real ρεαλ_βραζιλιασ real_brasileño reales_brasileños رئال_برزیل brasilian_real
    brasilian_realia réal_brésilien réals_brésiliens ריאל_ברזילאי real_brasil real_brasiliano
    real_brasiliani 브라질_레알 ब्राझिलियन_रियाल ब्राझिलियन_रियाल्स braziliaanse_real real_brazylijski
    reale_brazylijskie reali_brazylijskich reala_brazylijskiego real_brasileiro reais_brasileiros
    бразильский_реал бразильских_реала бразильских_реалов бразильского_реала brasiliansk_real
    brasilianska_real br$ real_ya_brazil real_za_brazil பிரேசிலியன்_ரியால் பிரேசிலியன்_ரியால்கள்
    బ్రెజిలియన్_రియల్ బ్రెజిలియన్_రియల్లు brezilya_reali бразильський_реал бразильські_реали
    бразильських_реалів бразильського_реала real_braxin 巴西雷亞爾
peso 1 mxn mexican_peso mexican_pesos mx$ peso pesos بیزو_مکسیکی بیزو የሜክሲኮ_ፔሶ ፔሶ ম্যাক্সিকান_পেসো
    পেসো मैक्सिकन_पेसो पेसो میکسیکی_پیسو پیسو မက္ကဆီကို_ပီဆို ပီဆို เปโซเม็กซิโก 墨西哥比索 メキシコ_ペソ ペソ
    mexikanischer_peso mexikanische_pesos πεσο_μεξικου πεσο peso_mexicano pesos_mexicanos پزوی_مکزیک
    $mx پزوی meksikon_peso meksikon_pesoa pesoa peso_mexicain pesos_mexicains פסו_מקסיקני פסו
    peso_meksiko peso_messicano pesos_messicani 멕시코_페소 페소 मेक्सिको_पेसो मेक्सिको_पेसोज पेसोज
    mexicaanse_peso peso_meksykańskie pesos_meksykańskie pesos_meksykańskich peso_meksykańskiego
    мексиканский_песо мексиканских_песо мексиканского_песо песо mexikansk_peso mexikanska_pesos
    peso_ya_meksiko peso_za_meksiko மெக்ஸிகன்_பெசோ மெக்ஸிகன்_பெசோக்கள் பெசோ பெசோக்கள் మెక్సికన్_పెసో
    మెక్సికన్_పెసోలు పెసో పెసోలు meksika_pesosu pesosu мексиканський_песо мексиканські_песо
    мексиканських_песо мексиканського_песо peso_mexico 墨西哥披索
rupiah 1 idr indonesian_rupiah indonesian_rupiahs روبیة_اندونیسیة የኢንዶኔዥያ_ሩፒሀ ইন্দোনেশিয়ান_রুপিয়াহ
    इंडोनेशियाई_रुपिया इंडोनेशियाई_रुपिये انڈونیشین_روپیہ အင်ဒိုနီးရှား_ရူပီးယား รูเปียห์อินโดนีเซีย
    印度尼西亚卢比 インドネシア_ルピア indonesische_rupiah ρουπια_ινδονησιασ rupia_indonesia rupias_indonesias
    روپیهٔ_اندونزی indonesian_rupia indonesian_rupiaa roupie_indonésienne roupies_indonésiennes
    רופיה_אינדונזית רופיות_אינדונזיות rupiah_indonesia rp rupia_indonesiana rupie_indonesiane
    인도네시아_루피아 इंडोनेशियन_रुपिया indonesische_roepia rupia_indonezyjska rupie_indonezyjskie
    rupii_indonezyjskich rupii_indonezyjskiej rupia_indonésia rupias_indonésias индонезийская_рупия
    индонезийские_рупии индонезийских_рупий индонезийской_рупии indonesisk_rupie indonesiska_rupier
    rupiah_ya_indonesia rupiah_za_indonesia இந்தோனேஷியன்_ருபியா இந்தோனேஷியன்_ருபியாக்கள்
    ఇండోనేషియా_రూపాయి ఇండోనేషియా_రూపాయలు endonezya_rupisi індонезійська_рупія індонезійські_рупії
    індонезійських_рупій 印尼盾
dong 1 vnd vietnamese_dong ₫ دونج_فیتنامی የቭየትናም_ዶንግ ভিয়েতনামী_ডং वियतनामी_डोंग ویتنامی_ڈانگ
    ဗီယက်နမ်_ဒေါင် ดองเวียดนาม 越南盾 ベトナム_ドン vietnamesischer_dong vietnamesische_dong ντονγκ_βιετναμ
    dong_vietnamita dongs_vietnamitas دانگ_ویتنام vietnamin_dong vietnamin_dongia dông_vietnamien
    dôngs_vietnamiens דונג_וייטנאמי dong_vietnam dong_vietnamiti 베트남_동 व्हिएतनामी_डोंग
    dong_wietnamski dongi_wietnamskie dongów_wietnamskich donga_wietnamskiego вьетнамский_донг
    вьетнамских_донга вьетнамских_донгов вьетнамского_донга vietnamesisk_dong vietnamesiska_dong
    dong_ya_vietnam dong_za_vietnam வியட்நாமீஸ்_டாங் వియత్నామీయుల_డాంగ్ vietnam_dongu
    в'єтнамський_донг в'єтнамські_донги в'єтнамських_донгів в'єтнамського_донга đồng_việt_nam
ringgit 1 myr malaysian_ringgit malaysian_ringgits رینغیت_مالیزی የማሌዥያ_ሪንጊት মালয়েশিয়ান_রিঙ্গিৎ
    मलेशियाई_रिंगित ملیشیائی_رنگٹ မလေးရှား_ရင်းဂစ် ริงกิตมาเลเซีย 马来西亚林吉特 マレーシア_リンギット
    malaysischer_ringgit malaysische_ringgit ρινγκιτ_μαλαισιασ ringit_malasio ringits_malasios
    رینگیت_مالزی malesian_ringgit malesian_ringgitiä ringgit_malais ringgits_malais רינגיט_מלזי
    ringgit_malaysia ringgit_malese ringgit_malesi 말레이시아_링깃 मलेशियन_रिंगिट maleisische_ringgit
    ringgit_malezyjski ringgity_malezyjskie ringgitów_malezyjskich ringgita_malezyjskiego
    ringgit_malaio ringgits_malaios малайзийский_ринггит малайзийских_ринггита
    малайзийских_ринггитов малайзийского_ринггита malaysisk_ringgit malaysiska_ringgiter
    ringgit_ya_malaysia ringgit_za_malaysia மலேஷியன்_ரிங்கிட் மலேஷியன்_ரிங்கிட்கள் మలేషియా_రింగ్గిట్
    మలేషియా_రింగ్గిట్లు malezya_ringgiti малайзійський_рингіт малайзійські_рингіти
    малайзійських_рингітів малайзійського_рингіта 馬來西亞令吉
franc 1 chf swiss_franc swiss_francs franc francs فرنک_سویسری فرنک የስዊስ_ፍራንክ ፍራንክ সুইস_ফ্রাঁ
    स्विस_फ़्रैंक फ़्रैंक سوئس_فرانکس ဆွစ်_ဖရန့် ဖရန့် ฟรังก์สวิส 瑞士法郎 スイス_フラン フラン schweizer_franken
    φραγκο_ελβετιασ φραγκα_ελβετιασ φραγκο φραγκα franco_suizo francos_suizos franco francos
    فرانک_سوئیس فرانک sveitsin_frangi sveitsin_frangia franc_suisse francs_suisses פרנק_שוויצרי פרנק
    franc_swiss franco_svizzero franchi_svizzeri franchi 스위스_프랑 프랑 स्विस_फ्रँक स्विस_फ्रँक्स फ्रँक्स
    फ्रँक zwitserse_frank frank_szwajcarski franki_szwajcarskie franków_szwajcarskich
    franka_szwajcarskiego franki franka frank franków franco_suíço francos_suíços швейцарский_франк
    швейцарских_франка швейцарских_франков швейцарского_франка франка франков франк schweizisk_franc
    schweiziska_franc faranga_ya_uswisi faranga_za_uswisi faranga சுவிஸ்_ஃப்ராங்க்
    சுவிஸ்_ஃப்ராங்குகள் ஃப்ராங்க் స్విస్_ఫ్రాంక్ స్విస్_ఫ్రాంక్లు ఫ్రాంక్లు ఫ్రాంక్ isviçre_frangı
    frangı швейцарський_франк швейцарські_франки швейцарських_франків швейцарського_франка франки
    франків franc_thụy_sĩ
zloty 1 pln polish_zloty polish_zlotys زلوتی_بولندی የፖላንድ_ዝሎቲ পোলিশ_জ্লোটি पोलिश_ज़्लॉटी پولش_زلوٹی
    ပိုလန်_ဇလော့တီ ซลอตีโปแลนด์ 波兰兹罗提 ポーランド_ズウォティ polnischer_złoty polnische_złoty ζλοτι_πολωνιασ
    esloti_polaco eslotis_polacos زلوتی_لهستان puolan_złoty puolan_złotya zloty_polonais
    zlotys_polonais זלוטי_פולני zloty_polandia zloty_polacco zloty_polacchi 폴란드_즈워티 पोलिश_झ्लॉटी
    पोलिश_झ्लॉटीज poolse_zloty złoty_polski złote_polskie złotych_polskich złotego_polskiego zł
    zloty_polonês zlotys_poloneses польский_злотый польских_злотых польского_злотого polsk_zloty
    polska_zloty zloty_ya_poland zloty_za_poland போலிஷ்_ஸ்லாட்டி போலிஷ்_ஸ்லாட்டிகள் పోలిష్_జ్లోటీ
    పోలిష్_జ్లోటీలు polonya_zlotisi польський_злотий польські_злоті польських_злотих
    польського_злотого zloty_ba_lan 波蘭茲羅提
hryvnia 1 uah ukrainian_hryvnia ukrainian_hryvnias هریفنیا_اوکرانی የዩክሬን_ሀሪይቭኒአ ইউক্রেনীয়_রিভনিয়া
    यूक्रेनियन_रिव्निया یوکرینیائی_ہریونیا ယူကရိန်း_ဟီရီဗင်းညား ฮรีฟเนียยูเครน 乌克兰格里夫纳 ウクライナ_フリヴニャ
    ukrainische_hrywnja ukrainische_hrywen γριβνα_ουκρανιασ grivna_ucraniana grivnas_ucranianas
    هریونیای_اوکراین ukrainan_hryvnia ukrainan_hryvniaa hryvnia_ukrainienne hryvnias_ukrainiennes
    הריבנה_אוקראיני hryvnia_ukraina grivnia_ucraina grivnie_ucraine 우크라이나_그리브나 युक्रेनियन_रिवनिया
    युक्रेनियन_रिवनियाज oekraïense_hryvnia hrywna_ukraińska hrywny_ukraińskie hrywien_ukraińskich
    hrywny_ukraińskiej hryvnia_ucraniano hryvnias_ucranianos украинская_гривна украинские_гривны
    украинских_гривен украинской_гривны ₴ ukrainsk_hryvnia ukrainska_hryvnia hryvnia_ya_ukraine
    hryvnia_za_ukraine உக்ரைனியன்_ஹிரைவ்னியா ఉక్రేనియన్_హ్రివ్నియా ఉక్రేనియన్_హ్రివ్నియాలు
    ukrayna_grivnası українська_гривня українські_гривні українських_гривень української_гривні
    烏克蘭格里夫納
shilling 1 kes kenyan_shilling kenyan_shillings shillings shilling شلن_کینیی شلن የኬኒያ_ሺሊንግ ሺሊንግ
    কেনিয়ান_শিলিং শিলিং केन्याई_शिलिंग शिलिंग کینیائی_شلنگ شلنگ ကင်ညာ_သျှီလင် သျှီလင် ชิลลิงเคนยา
    肯尼亚先令 ケニア_シリング シリング kenia-schilling σελινι_κενυασ σελινια_κενυασ σελινι σελινια chelín_keniano
    chelines_kenianos chelín chelines شیلینگ_کنیا شیلینگ kenian_šillinki kenian_šillinkiä šillinki
    šillinkiä shilling_kényan shillings_kényans שילינג_קנייתי שילינג shilling_kenya scellino_keniota
    scellini_kenioti scellini scellino 케냐_실링 실링 केनियन_शिलिंग केनियन_शिलिंग्स शिलिंग्स
    keniaanse_shilling szyling_kenijski szylingi_kenijskie szylingów_kenijskich szylinga_kenijskiego
    szylingów szyling szylinga szylingi xelim_queniano xelins_quenianos xelim xelins
    кенийский_шиллинг кенийских_шиллинга кенийских_шиллингов кенийского_шиллинга шиллинг шиллинга
    шиллингов kenyansk_shilling kenyanska_shilling shilingi_ya_kenya shilingi_za_kenya ksh shilingi
    கென்யன்_ஷில்லிங் கென்யன்_ஷில்லிங்குகள் ஷில்லிங்குகள் ஷில்லிங் కెన్యాన్_షిల్లింగ్
    కెన్యాన్_షిల్లింగ్లు షిల్లింగ్ షిల్లింగ్లు kenya_şilini şilini кенійський_шилінг
    кенійські_шилінги кенійських_шилінгів кенійського_шилінга шилінги шилінга шилінгів шилінг 肯尼亞先令
naira 1 ngn nigerian_naira nigerian_nairas نایرا_نیجیری የናይጄሪያ_ናይራ নাইজেরিয়ান_নায়রা
    नाइजीरियाई_नाइरा نائیجیریائی_نائرا နိုင်ဂျီးရီးယား_နိုင်းရာ ไนราไนจีเรีย 尼日利亚奈拉 ナイジェリア_ナイラ
    nigerianischer_naira nigerianische_naira ναιρα_νιγηριασ naira_nigeriano nairas_nigerianos
    نایرای_نیجریه nigerian_nairaa naira_nigérian nairas_nigérians נאירה_ניגרי naira_nigeria
    naira_nigeriana naire_nigeriane 나이지리아_나이라 नायजेरियन_नायरा नायजेरियन_नायराज nigeriaanse_naira
    naira_nigeryjska nairy_nigeryjskie nair_nigeryjskich nairy_nigeryjskiej nairas_nigerianas
    нигерийская_найра нигерийские_найры нигерийских_найр нигерийской_найры nigeriansk_naira
    nigerianska_naira naira_ya_nigeria naira_za_nigeria நைஜீரியன்_நைரா நைஜீரியன்_நைராக்கள்
    నైజీరియన్_నైరా నైజీరియన్_నైరాలు nijerya_nairası нігерійська_найра нігерійські_найри
    нігерійських_найр нігерійської_найри 奈及利亞奈拉
krona 1 sek swedish_krona swedish_kronor کرونة_سویدیة کرونة የስዊድን_ክሮና সুইডিশ_ক্রোনা स्वीडीश_क्रोना
    سویڈن_کرونا سویڈن_کرونر ဆွီဒင်_ခရိုဏာ ခရိုဏာ โครนาสวีเดน 瑞典克朗 スウェーデン_クローナ schwedische_krone
    schwedische_kronen krone kronen κορονα_σουηδιασ κορονεσ_σουηδιασ κορονεσ κορονα corona_sueca
    coronas_suecas corona coronas کرون_سوئد کرون ruotsin_kruunu ruotsin_kruunua kruunu kruunua
    couronne_suédoise couronnes_suédoises couronnes couronne כתר_שוודי כתר krona_swedia
    corona_svedese corone_svedesi corone 스웨덴_크로나 स्वीडिश_क्रोना स्वीडिश_क्रोनोर zweedse_kroon
    zweedse_kronen kroon korona_szwedzka korony_szwedzkie koron_szwedzkich korony_szwedzkiej korony
    korona koron coroa_sueca coroas_suecas coroa coroas шведская_крона шведские_кроны шведских_крон
    шведской_кроны крона крон кроны svensk_krona svenska_kronor kr krona kronor krona_ya_uswidi
    krona_za_uswidi ஸ்வீடிஷ்_க்ரோனா ஸ்வீடிஷ்_க்ரோனர் க்ரோனர் స్వీడిష్_క్రోనా స్వీడిష్_క్రోనర్
    క్రోనర్ isveç_kronu kronu шведська_крона шведські_крони шведських_крон шведської_крони крони
    krona_thụy_điển
rand 1 zar south_african_rand راند_جنوب_افریقیا የደቡብ_አፍሪካ_ራንድ দক্ষিণ_আফ্রিকান_রেন্ড
    दक्षिण_अफ़्रीकी_रैंड جنوبی_افریقی_رینڈ တောင်အာဖရိက_ရန်း แรนด์แอฟริกาใต้ 南非兰特 南アフリカ_ランド
    südafrikanischer_rand südafrikanische_rand ραντ_νοτιασ_αφρικησ rand_sudafricano
    rands_sudafricanos راند_افریقای_جنوبی etelä-afrikan_randi etelä-afrikan_randia rand_sud-africain
    rands_sud-africains ראנד_דרום_אפריקאי rand_afrika_selatan rand_sudafricani 남아프리카_랜드
    दक्षिण_आफ्रिकी_रँड zuid-afrikaanse_rand rand_sul-africano rands_sul-africanos
    южноафриканский_рэнд южноафриканских_рэнда южноафриканских_рэндов южноафриканского_рэнда
    sydafrikansk_rand sydafrikanska_rand randi_ya_afrika_kusini randi_za_afrika_kusini
    தென்_ஆப்ரிக்க_ராண்ட் దక్షిణ_ఆఫ్రికా_ర్యాండ్ güney_afrika_randı rand_nam_phi 南非蘭特
"""
