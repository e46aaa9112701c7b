"""Names in 33 languages, as CLDR (Unicode licence) has them; tests.support.unit_names writes this."""

from typing import Final

UNIT_NAMES: Final = """\
length 1 meters meter متر متران امتار مترا ሜትር মি মিটার मी मीटर میٹر မီတာ เมตร 米 メートル μετρα μετρο
    metros metro metriä metri mètres mètre מ׳ מטרים מטר 미터 metra metr metry metrów метра метр метров
    mita மீட்டர்கள் மீட்டர் మీ మీటర్లు మీటరు metre метри метрів mét 公尺
length 1000 km kilometers kilometer کم کیلومتر کیلومترات کیلومترا ኪሜ ኪሎሜትር কিমি কিলোমিটার कि॰मी॰
    किलोमीटर किमी کلو_میٹر ကီလိုမီတာ กม กิโลเมตร 公里 キロメートル χλμ χιλιομετρα χιλιομετρο kilómetros
    kilómetro kilometriä kilometri kilomètres kilomètre ק״מ קילומטרים קילומטר chilometri chilometro
    킬로미터 kilometra kilometr kilometry kilometrów quilômetros quilômetro км километра километр
    километров kilomita கிலோமீட்டர்கள் கிலோமீட்டர் కి.మీ కిలోమీటర్లు కిలోమీటరు kilometre кілометра
    кілометр кілометри кілометрів kilômét
length 0.01 cm centimeters centimeter سم سنتیمتر ሴሜ ሴንቲሜትር সেমি সেন্টিমিটার सें॰मी॰ सेंटीमीटर
    سینٹی_میٹر စင်တီမီတာ ซม เซนติเมตร 厘米 センチメートル zentimeter εκ εκατοστα εκατοστο centímetros
    centímetro سانتیمتر senttimetriä senttimetri centimètres centimètre ס״מ סנטימטרים סנטימטר
    sentimeter centimetri centimetro 센티미터 सेंमी centymetra centymetr centymetry centymetrów см
    сантиметра сантиметр сантиметров sentimita சென்டிமீட்டர்கள் சென்டிமீட்டர் సెం.మీ సెంటీమీటర్లు
    సెంటీమీటరు santimetre сантиметри сантиметрів xentimét 公分
length 0.001 mm millimeters millimeter مم ملیمتر ሚሜ ሚሊሜትር মিমি মিলিমিটার मि॰मी॰ मिलीमीटर मिमी
    ملی_میٹر မီလီမီတာ มม มิลลิเมตร 毫米 ミリメートル χλστ χιλιοστομετρα χιλιοστομετρο milímetros milímetro
    میلیمتر millimetriä millimetri millimètres millimètre מ״מ מ"מ מילימטרים מילימטר milimeter
    millimetro 밀리미터 मिलिमीटर milimetra milimetr milimetry milimetrów мм миллиметра миллиметр
    миллиметров milimita மில்லிமீட்டர்கள் மில்லிமீட்டர் మి.మీ మిల్లీమీటర్లు మిల్లీమీటరు milimetre
    міліметра міліметр міліметри міліметрів milimét 公釐
length 1609.344 mi miles mile میل میلان امیال میلا ማይል মাইল मील မိုင် ไมล์ 英里 マイル meilen meile μιλ
    μιλια μιλι millas milla مایل mailia maili מייל miglia miglio 마일 मैल mijl mili mila milhas milha
    ми мили миля миль மைல்கள் மைல் మై మైళ్లు మైలు милі dặm
length 0.3048 ft feet foot ' قدم قدما ጫማ ফুট फ़ीट फ़ुट فیٹ ပေ ฟุต 英尺 フィート fuss πδ ποδια ποδι pies
    فوت jalkaa jalka pieds pied רגל kaki piedi piede 피트 फूट voet stopy stopa stóp pés pé фт фута фут
    футов futi அடி అడుగులు అడుగు фути футів
length 0.0254 inches inch " بوصة ኢንች ইঞ্চি इंच انچ လက်မ นิ้ว 英寸 インチ zoll ιν ιντσεσ ιντσα pulgadas
    pulgada اینچ tuumaa tuuma pouces pouce אינץ׳ inci pollici pollice 인치 cala cale cali polegadas
    polegada дюйм дюйма дюймов inchi அங்குலங்கள் அங்குலம் అం అంగుళాలు అంగుళం inç дюйми дюймів 吋
length 0.9144 yd yards yard یاردة ያርድ গজ गज़ یارڈ ကိုက် หลา 码 ヤード γρδ γιαρδεσ γιαρδα yardas yarda
    یارد jaardia jaardi יארד iarde iarda 야드 यार्ड jarda jard jardy jardów jardas ярд ярда ярдов yadi
    கெஜம் గజాలు గజం ярди ярдів 碼
mass 1 kg kilograms kilogram کغم کیلوغرام کغ ኪግ ኪሎግራም কেজি কিলোগ্রাম कि॰ग्रा॰ किलोग्राम किग्रा
    کلو_گرام ကီလိုဂရမ် กก กิโลกรัม 千克 キログラム kilogramm κιλα κιλο χιλιογραμμα χιλιογραμμο kilogramos
    kilogramo کیلوگرم kilogrammaa kilogramma kilogrammes kilogramme ק״ג קילוגרם chilogrammi
    chilogrammo 킬로그램 किग्रॅ किलोग्रॅम kilograma kilogramy kilogramów quilogramas quilograma кг
    килограмма килограмм kilogramu கிலோகிராம்கள் கிலோகிராம் కి.గ్రా కిలోగ్రాములు కిలోగ్రాము
    кілограма кілограм кілограми кілограмів kilôgam 公斤
mass 0.001 grams gram غرام غرامان غرامات غراما ግራም গ্রাম ग्रा॰ ग्राम ग्रा گرام ဂရမ် กรัม 克 グラム gramm
    γρ γραμμαρια γραμμαριο gramos gramo گرم grammaa gramma grammes gramme גר׳ גרם grammi grammo 그램
    ग्रॅ ग्रॅम grama gramy gramów gramas грамма грамм gramu கிராம்கள் கிராம் గ్రా గ్రాములు గ్రాము
    грама грам грами грамів
mass 1e-06 mg milligrams milligram مغم ملیغرام ሚግ ሚሊግራም মিলিগ্রাম /মিগ্রা: मि॰ग्रा॰ मिलीग्राम मिग्रा
    ملی_گرام မီလီဂရမ် มก มิลลิกรัม 毫克 ミリグラム milligramm χιλιοστογραμμα χιλιοστογραμμο miligramos
    miligramo میلیگرم milligrammaa milligramma milligrammes milligramme מ״ג מיליגרם miligram
    milligrammi milligrammo 밀리그램 मिग्रॅ मिलिग्रॅम miligrama miligramy miligramów miligramas мг
    миллиграмма миллиграмм miligramu மில்லி_கிராம்கள் மில்லி_கிராம் మి.గ్రా మిల్లీగ్రాములు
    మిల్లీగ్రాము міліграма міліграм міліграми міліграмів miligam
mass 1000 metric_tons metric_ton ط.م طن_متری ሜትሪክ_ቶኖች ሜትሪክ_ቶን মেট্রিক_টন টন मी_टन मीट्रिक_टन
    میٹرک_ٹن မက်ထရစ်တန် เมตริกตัน 公吨 トン tonnen tonne τονοι τονοσ toneladas tonelada تن تن_متریک
    tonnia tonni tonnes טון_מ׳ טון_מטרי metrik_ton tonnellate_metriche tonnellata_metrica 메트릭_톤
    मेट्रिक_टन metrische_ton tony tona toneladas_métricas tonelada_métrica тонны тонна тонн
    tani_mita மெட்ரிக்_டன்கள் மெட்ரிக்_டன் మెట్రిక్_టన్నులు మెట్రిక్_టన్ను метр._т метричної_тонни
    метрична_тонна метричні_тонни метричних_тонн tấn_hệ_mét 公噸
mass 0.45359237 lb # رطل رطلان رطلا पौंड پونڈ ปอนด์ 磅 ポンド λβ λιβρεσ λιβρα paunaa pauna פאונד libbre
    libbra фнт ratili పౌ పౌండు libre
mass 0.028349523125 oz ounces ounce اونصة አውንስ আউন্স औंस औं॰ اونس ونس အောင်စ ออนซ์ 盎司 オンス unzen unze
    ουγγιεσ ουγγια onzas onza unssia unssi onces once אונקיות אונקיה oncia 온스 uncji uncja uncje
    onças onça унц унции унция унций aunsi அவுன்ஸ்கள் அவுன்ஸ் ఔన్సులు ఔన్సు унції унція унцій ун
    aoxơ
time 1 sec seconds second ثانیة ثانیتان ثوان ሰከ ሰከንዶች ሰከንድ সেকেন্ড সেঃ से॰ सेकंड से سیکنڈ စက္ကန့် วิ
    วินาที 秒 秒钟 sekunden sekunde δευτ δευτερολεπτα δευτερολεπτο segundos segundo ثانیه sekuntia
    sekunti secondes seconde שנ׳ שניות שניה שתי_שניות detik secondi secondo सेकंद seconden sekundy
    sekunda sekund секунды секунда секунд sekunder விநாடி விநாடிகள் வி సెక సె సెకన్లు సెకను saniye
    секунди giây
time 0.001 ms milliseconds millisecond ملی_ث ملی_ثانیة ሚሴ ሚሊሰከንድ মিলিসেকেন্ড मि॰से॰ मिलीसेकंड
    ملی_سیکنڈ မီလီစက္ကန့် มิลลิวินาที มิลลิวิ 毫秒 ミリ秒 millisekunden millisekunde milisegundos
    milisegundo میلیثانیه millisekuntia millisekunti millisecondes milliseconde אלפיות_שנייה
    אלפית_שנייה milidetik millisecondi millisecondo 밀리초 मिलिसे मिलिसेकंद milliseconden milisekundy
    milisekunda milisekund milissegundos milissegundo мс миллисекунды миллисекунда миллисекунд
    millisekunder millisekund மில்லிவிநாடிகள் மில்லிவிநாடி మి.సె మిల్లీసెకన్లు మిల్లీసెకను
    milisaniye мілісекунди мілісекунда мілісекунд mili_giây
time 60 min minutes minute دقیقة دقیقتان دقائق ደቂቃ ደቂ ደቂቃዎች মিনিট মিঃ मि॰ मिनट मि منٹ မိနစ် นาที 分钟
    分 minuten λεπτα λεπτο minutos minuto دقیقه minuuttia minuutti דק׳ דקות דקה שתי_דקות menit minuti
    मिनिटे मिनिट minuut minuty minuta minut мин минуты минута минут minuter dakika நிமி நிமிடங்கள்
    நிமிடம் நி నిమి నిమిషాలు నిమిషం ని хв хвилини хвилина хвилин phút 分鐘
time 3600 hr hours hour ساعة ساعتان ساعات ሰአ ሰአቶች ሰአት ঘণ্টা ঘঃ घं॰ घंटे घंटा घं گھنٹے گھنٹہ နာရီ ชม
    ชั่วโมง 小时 時間 stunden stunde ωρεσ ωρα horas hora ساعت tuntia tunti heures heure שע׳ שעה שעתיים
    שעות 시간 ता तास godz godziny godzina godzin часа час часов timmar timme மணிநேரம் గం గంటలు గంట
    saat години година годин tiếng 小時
time 86400 days day یوم یومان ایام یوما ቀናት দিন दिन दि دن ရက် วัน 天 日 tage ημερεσ ημερα días día روز
    päivää päivä jours jour ימ׳ יום יומיים ימים י׳ hari giorni giorno दिवस dagen dnia dzień dias дн
    дня день дней dygn siku நாட்கள் நாள் நா రోజులు రోజు రో gün дні днів ngày
time 604800 wks wk weeks week اسبوع اسبوعان اسابیع اسبوعا ሳምንታት ሳምንት সপ্তাহ सप्ताह ہفتے ہفتہ ပတ်
    สัปดาห์ 周 週間 wochen woche εβδ εβδομαδεσ εβδομαδα semanas semana هفته viikkoa viikko semaines
    semaine שבועות שבוע שבועיים minggu sett settimane settimana आठवडे आठवडा weken tydz tygodnia
    tydzień tygodnie tygodni нед недели неделя недель veckor vecka wiki வார வாரம் வாரங்கள் வா వా
    వారాలు వారం hafta тиж тижня тиждень тижні тижнів tuần 週
month 1 mths mth months month شهر شهران اشهر شهرا ወራት ወር মাস माह महीने महीना مہینے مہینہ เดือน 个月 か月
    monate monat μην μηνεσ μηνασ meses ماه kuukautta kuukausi mois ח׳ חודשים חודש חודשיים bulan mesi
    mese 개월 महिने महिना maanden maand mies miesiąca miesiąc miesiące miesięcy m-ca m-ce m-cy mês мес
    месяца месяц месяцев mån månader månad miezi mwezi மாத மாதம் மாதங்கள் மா నె నెలలు నెల міс місяця
    місяць місяці місяців tháng 個月
month 12 yrs yr years year سنة سنة_واحدة سنتان سنوات አመታት አመት বছর वर्ष سال နှစ် ปี 年 jahre jahr ετ
    ετη ετοσ años año vuotta vuosi שנים שנה tahun anni anno वर्षे jaar roku lata anos года лет år
    miaka mwaka ஆண்டு ஆண்டுகள் సం సంవత్సరాలు సంవత్సరం yıl року рік роки років năm
volume 1 liters liter لتر ሊትር লিটার ली॰ लीटर ली لیٹر လီတာ ลิตร 升 リットル λιτ λιτρα λιτρο litros litro
    لیتر litraa litra litres litre ל׳ ליטר litri 리터 litr litry litrów литра литр литров lita
    லிட்டர்கள் லிட்டர் లీ లీటర్లు లీటరు літра літр літри літрів lít 公升
volume 0.001 ml milliliters milliliter ملتر ملیلتر ሚሊ_ሊትር ሚሊ মিলিলিটার मि॰_ली॰ मिलीलीटर मिली
    ملی_لیٹر မီလီလီတာ มล มิลลิลิตร 毫升 ミリリットル χιλιοστολιτρα χιλιοστολιτρο mililitros mililitro
    میلیلیتر millilitraa millilitra millilitres millilitre מ״ל מיליליטר mililiter millilitri
    millilitro 밀리리터 mililitra mililitr mililitry mililitrów миллилитра миллилитр миллилитров
    mililita மில்லிலிட்டர்கள் மில்லிலிட்டர் మి.లీ మిల్లీలీటర్లు మిల్లీలీటరు mililitre мілілітра
    мілілітр мілілітри мілілітрів mililít
volume 1000 cubic_meters cubic_meter متر_مکعب কিউবিক_মিটার घन_मी॰ घन_मीटर घन_मी کیوبک_میٹر ကုဗမီတာ
    ลบ.ม ลูกบาศก์เมตร 立方米 立方メートル kubikmeter κυβικα_μετρα κυβικο_μετρο metros_cúbicos metro_cúbico
    kuutiometriä kuutiometri mètres_cubes mètre_cube מ״ק מטר_מעוקב meter_kubik metri_cubi metro_cubo
    세제곱미터 kubieke_meter metra_sześciennego metr_sześcienny metry_sześcienne metrów_sześciennych
    кубического_метра кубический_метр кубических_метра кубических_метров mita_za_ujazo mita_ya_ujazo
    கன_மீட்டர்கள் கன_மீட்டர் క్యూబిక్_మీటర్లు క్యూబిక్_మీటరు metreküp кубічного_метра кубічний_метр
    кубічні_метри кубічних_метрів mét_khối 立方公尺
area 1 square_meters square_meter متر_مربع ካሬ_ሜትር বর্গ_মিটার वर्ग_मी॰ वर्ग_मीटर مربع_میٹر
    စတုရန်းမီတာ ตร.ม ตารางเมตร 平方米 平方メートル quadratmeter τ.μ τετραγωνικα_μετρα τετραγωνικο_μετρο
    metros_cuadrados metro_cuadrado neliömetriä neliömetri mètres_carrés mètre_carré מ״ר מטר_רבוע
    meter_persegi metri_quadrati metro_quadrato 제곱미터 चौरस_मीटर vierkante_meter metra_kwadratowego
    metr_kwadratowy metry_kwadratowe metrów_kwadratowych metros_quadrados metro_quadrado
    квадратного_метра квадратный_метр квадратных_метра квадратных_метров kvadratmeter mita_za_mraba
    mita_ya_mraba சதுர_மீட்டர்கள் சதுர_மீட்டர் చదరపు_మీటర్లు చదరపు_మీటరు metrekare квадратний_метр
    квадратні_метри квадратних_метрів mét_vuông 平方公尺
area 1e+06 square_kilometers square_kilometer کیلومتر_مربع ካሬ_ኪሎሜትር বর্গ_কিলোমিটার বর্গ_কিমি
    वर्ग_कि॰मी॰ वर्ग_किलोमीटर مربع_کلو_میٹر စတုရန်းကီလိုမီတာ ตร.กม ตารางกิโลเมตร 平方公里 平方キロメートル
    quadratkilometer τ.χλμ τετραγωνικα_χιλιομετρα τετραγωνικο_χιλιομετρο kilómetros_cuadrados
    kilómetro_cuadrado neliökilometriä neliökilometri kilomètres_carrés kilomètre_carré קמ״ר
    קילומטר_רבוע kilometer_persegi chilometri_quadrati chilometro_quadrato 제곱킬로미터 चौरस_किलोमीटर
    vierkante_kilometer kilometra_kwadratowego kilometr_kwadratowy kilometry_kwadratowe
    kilometrów_kwadratowych quilômetros_quadrados quilômetro_quadrado квадратного_километра
    квадратный_километр квадратных_километра квадратных_километров kvadratkilometer
    kilomita_za_mraba kilomita_ya_mraba சதுர_கிலோமீட்டர்கள் சதுர_கிலோமீட்டர் చదరపు_కిలోమీటర్లు
    చదరపు_కిలోమీటరు kilometrekare квадратного_кілометра квадратний_кілометр квадратні_кілометри
    квадратних_кілометрів kilômét_vuông
area 0.0001 square_centimeters square_centimeter سنتیمتر_مربع বর্গ_সেন্টিমিটার व॰_सें॰
    वर्ग_सेंटीमीटर वर्ग_सेंमी مربع_سینٹی_میٹر စတုရန်းစင်တီမီတာ ตร.ซม ตารางเซนติเมตร 平方厘米 平方センチメートル
    quadratzentimeter τ.εκ τετραγωνικα_εκατοστα τετραγωνικο_εκατοστο centímetros_cuadrados
    centímetro_cuadrado سانتیمتر_مربع neliösenttimetriä neliösenttimetri centimètres_carrés
    centimètre_carré סמ״ר סנטימטר_רבוע sentimeter_persegi centimetri_quadrati centimetro_quadrato
    제곱센티미터 चौरस_सेंटीमीटर vierkante_centimeter centymetra_kwadratowego centymetr_kwadratowy
    centymetry_kwadratowe centymetrów_kwadratowych centímetros_quadrados centímetro_quadrado
    квадратного_сантиметра квадратный_сантиметр квадратных_сантиметра квадратных_сантиметров
    kvadratcentimeter sentimita_za_mraba sentimita_ya_mraba சதுர_சென்டிமீட்டர்கள் சதுர_சென்டிமீட்டர்
    చదరపు_సెంటీమీటర్లు చదరపు_సెంటీమీటరు santimetrekare квадратний_сантиметр квадратні_сантиметри
    квадратних_сантиметрів xentimét_vuông 平方公分
area 10000 ha hectares hectare هکتار ሄክታር হেক্টর हे॰ हेक्टेयर ہیکٹر ဟက်တာ เฮกตาร์ 公顷 ヘクタール hektar
    εκτ εκταρια εκταριο hectáreas hectárea hehtaaria hehtaari הקטאר hektare ettari ettaro 헥타르 हेक्टर
    hektara hektary hektarów га гектара гектар гектаров hekta ஹெக்டேர்கள் ஹெக்டேர் హె హెక్టార్లు
    హెక్టారు гектари гектарів héc-ta 公頃
area 4046.8564224 ac acres acre فدان ኤክር একর एकड़ ایکڑ ဧက เอเคอร์ 英亩 エーカー ακρ جریب eekkeriä eekkeri
    acres_anglo-saxonnes acre_anglo-saxonne אקר ekar acri acro 에이커 एकर akra akry akrów акр акра
    акров engelska_tunnland engelskt_tunnland ekari ஏக் ஏக்கர் ఎక ఎకరాలు ఎకరం akre акри акрів mẫu 英畝
data 1 byte bytes بایت ባይት বাইট बाइट بائٹس بائٹ ဘိုက် ไบต์ 字节 バイト tavua tavu octets octet בייט 바이트
    bajta bajt bajty bajtów байта байт baiti பைட் பைட்கள் బై బైట్లు బైట్ bayt байти байтів
data 1000 kb kilobytes kilobyte کیلوبایت ک.ب ኪባ কিলোবাইট किलोबाइट کلوبائٹس کلوبائٹ ကီလိုဘိုက်
    กิโลไบต์ 千字节 キロバイト kilotavua kilotavu kilooctets kilooctet קילו-בייט 킬로바이트 kilobajta kilobajt
    kilobajty kilobajtów кб килобайта килобайт kilobaiti கிலோபைட்கள் கிலோபைட் కేబీ కిలోబైట్లు
    కిలోబైట్ kilobayt кілобайта кілобайт кілобайти кілобайтів
data 1e+06 mb megabytes megabyte م.ب میغابایت ሜጋባይት মেগাবাইট मेगाबाइट میگابائٹس میگابائٹ မီဂါဘိုက်
    เมกะไบต์ 兆字节 メガバイト مگابایت megatavua megatavu mégaoctets mégaoctet מגה-בייט 메가바이트 megabajta
    megabajt megabajty megabajtów мб мегабайта мегабайт megabaiti மெகாபைட்கள் மெகாபைட் ఎమ్బి
    మెగాబైట్లు మెగాబైట్ megabayt мегабайти мегабайтів
data 1e+09 gb gigabytes gigabyte غ.ب غیغابایت ጊባ গিগাবাইট गीगाबाइट گیگابائٹ ဂစ်ဂါဘိုက် กิกะไบต์ 吉字节
    ギガバイト گیگابایت gigatavua gigatavu gigaoctets gigaoctet ג׳יגה-בייט 기가바이트 गिगाबाइट gigabajta
    gigabajt gigabajty gigabajtów гб гигабайта гигабайт gigabaiti கிகாபைட்கள் கிகாபைட் జీబీ
    గిగాబైట్లు గిగాబైట్ gigabayt гігабайта гігабайт гігабайти гігабайтів
data 1e+12 tb terabytes terabyte تیرابایت ت.ب ቴራባይት টেরাবাইট टेराबाइट ٹیرابائٹ တယ်ရာဘိုက် เทราไบต์
    太字节 テラバイト ترابایت teratavua teratavu téraoctets téraoctet טרה-בייט 테라바이트 टेराबाइट्स terabajta
    terabajt terabajty terabajtów тб терабайта терабайт terabaiti டெராபைட்கள் டெராபைட் టీబీ
    టెరాబైట్లు టెరాబైట్ terabayt терабайти терабайтів
share 1 % percent ٪ بالمائة ፐርሰንት শতাংশ प्रतिशत فیصد ရာခိုင်နှုန်း เปอร์เซ็นต์ パーセント prozent
    τοισ_εκατο por_ciento درصد prosenttia prosentti pour_cent אחוז persen percento टक्के procent
    por_cento процента процент процентов asilimia சதவீதம் శాతం yüzde відсотка відсоток відсотки
    відсотків
celsius 1 °c degrees_celsius degree_celsius °م درجة_مئویة °ሴ ዲግሪ_ሴልሺየስ ডিগ্রী_সেলসিয়াস °से॰
    डिग्री_सेल्सियस ڈگری_سیلسیس ဒီဂရီ_စင်တီဂရိတ် องศาเซลเซียส 摄氏度 摂氏_度 grad_celsius βαθμοι_κελσιου
    βαθμοσ_κελσιου grados_celsius grado_celsius درجهٔ_سلسیوس celsiusastetta celsiusaste
    degrés_celsius degré_celsius מעלות_צלזיוס מעלת_צלזיוס derajat_celsius gradi_celsius 섭씨_도 °से
    अंश_सेल्सिअस graden_celsius graad_celsius st._c stopnia_celsjusza stopień_celsjusza
    stopnie_celsjusza stopni_celsjusza graus_celsius grau_celsius градуса_цельсия градус_цельсия
    градусов_цельсия grader_celsius nyuzi டிகிரி_செல்சியஸ் °సెల్సి డిగ్రీల_సెల్సియస్
    డిగ్రీ_సెల్సియస్ santigrat_derece градуса_цельсія градус_цельсія градуси_цельсія
    градусів_цельсія độ_c 攝氏_度
fahrenheit 1 °f degrees_fahrenheit degree_fahrenheit °ف درجة_فهرنهایت °ፋ ዲግሪ_ፋራንሀይት ডিগ্রী_ফারেনহাইট
    °फ़ेरन डिग्री_फ़ेरनहाइट ڈگری_فارن_ہائیٹ ဒီဂရီ_ဖာရင်ဟိုက် องศาฟาเรนไฮต์ 华氏度 華氏_度 grad_fahrenheit
    βαθμοι_φαρεναιτ βαθμοσ_φαρεναιτ grados_fahrenheit grado_fahrenheit درجهٔ_فارنهایت
    fahrenheitastetta fahrenheitaste degrés_fahrenheit degré_fahrenheit מעלות_פרנהייט מעלת_פרנהייט
    derajat_fahrenheit gradi_fahrenheit 화씨_도 °फॅ अंश_फॅरनहाईट graden_fahrenheit graad_fahrenheit
    stopnia_fahrenheita stopień_fahrenheita stopnie_fahrenheita stopni_fahrenheita graus_fahrenheit
    grau_fahrenheit градуса_фаренгейта градус_фаренгейта градусов_фаренгейта grader_fahrenheit
    nyuzi_za_farenheiti டிகிரி_ஃபாரன்ஹீட் °ఫా డిగ్రీల_ఫారెన్హీట్ fahrenhayt_derece
    градуси_фаренгейта градусів_фаренгейта độ_f
kelvin 1 kelvins kelvin د_کلفن درجة_کلفن কেলভিন केल्विन کیلون ကယ်လ်ဗင် เคลวิน 开尔文 ケルビン βαθμοι_κελβιν
    βαθμοσ_κελβιν درجهٔ_کلوین kelviniä קלווין 켈빈 केल्व्हिन kelwina kelwin kelwiny kelwinów кельвина
    кельвин кельвинов kelvini கெல்வின்ஸ் கெல்வின் కె కెల్విన్స్ కెల్విన్ кельвіна кельвін кельвіни
    кельвінів độ_k 克耳文
power 1 watts watt واط ዋት ওয়াট वॉट واٹ ဝပ် วัตต์ 瓦 瓦特 ワット βατ vatios vatio وات wattia watti ואט 와트
    वॉ wata waty watów вт ватта ватт wati வாட்ஸ் வாட் వాట్లు వాట్ вата ват вати ватів oát
power 1000 kw kilowatts kilowatt کیلوواط ک_واط ኪዋ ኪሎዋት কিলোওয়াট किलोवॉट کلو_واٹ ကီလိုဝပ် กิโลวัตต์
    千瓦 キロワット κιλοβατ kilovatios kilovatio ک.وات کیلووات kilowattia kilowatti קילוואט 킬로와트 किवॉ
    kilowata kilowat kilowaty kilowatów quilowatts quilowatt квт киловатта киловатт kilowati
    கிலோவாட்கள் கிலோவாட் కి.వా కిలోవాట్లు కిలోవాట్ kilovat кіловата кіловат кіловати кіловатів
    kilôoát 千瓦特
energy 1000 kwh kilowatt-hours kilowatt_hour ک.و.س کیلو_واط/ساعة কিলোওয়াট_ঘন্টা কিলোওয়াট_ঘণ্টা
    किलोवॉट_घंटे किलोवॉट_घंटा کلو_واٹ_آور ကီလိုဝပ်-နာရီ กว.-ชม กิโลวัตต์-ชั่วโมง 千瓦时 キロワット時
    kilowattstunden kilowattstunde κιλοβατ/ωρα κιλοβατωρεσ κιλοβατωρα kw/ω kilovatios_hora
    kilovatio_hora ک.و.ساعت کیلوواتساعت kilowattituntia kilowattitunti kilowatt-heures
    kilowatt-heure קוט״ש קילוואט-שעה קילוואט־שעה kilowatt-jam chilowattora 킬로와트시 किलोवॉट-तास
    किलोवॉट_तास kilowattuur kilowatogodziny kilowatogodzina kilowatogodzin quilowatts-hora
    quilowatt-hora квт⋅ч киловатт-часа киловатт-час киловатт-часов kilowattimmar kilowattimme
    kilowati_kwa_saa கிலோவாட்_மணிநேரம் కి.వా.గం కిలోవాట్-గంటలు కిలోవాట్_గంట kilovatsaat квт⋅год
    кіловат-години кіловат-година кіловат-годин kilôoát_giờ 千瓦小時
heat 1000 kcal kilocalories kilocalorie ک_سعرة کیلو_سعرة ک_سع ኪሎ_ካሎሪ কিলোক্যালরি किलो_कैलोरी
    کلو_کیلوریز کلو_کیلوری ကီလိုကယ်လိုရီ กิโลแคลอรี 千卡 キロカロリー kilokalorien kilokalorie χιλιοθερμιδεσ
    χιλιοθερμιδα kilocalorías kilocaloría ک.کالری کیلوکالری kilokaloria kilokalori קילו_קלוריות
    קילו_קלוריה kkal chilocalorie chilocaloria 킬로칼로리 किकॅ किलोकॅलरी kilocalorieën kilokalorii
    quilocalorias quilocaloria ккал килокалории килокалория килокалорий kilokalorier கிலோகலோரிகள்
    கிலோகலோரி కి.కే కిలోకేలరీలు కిలోకేలరీ кілокалорії кілокалорія кілокалорій kilôcalo 千卡路里
length/time 0.2777777777777778 km/h kilometers_per_hour kilometer_per_hour کم/س کیلومتر_فی_الساعة
    ኪሜ/ሰ ኪሎሜትር_በሰአት কিলোমিটার_প্রতি_ঘণ্টা कि॰मी॰/घं॰ किलोमीटर_प्रति_घंटा किमी/घं کلومیٹر_فی_گھنٹہ
    တစ်နာရီလျှင်_ကီလိုမီတာ กม./ชม กิโลเมตรต่อชั่วโมง 每小时_公里 時速_キロメートル kilometer_pro_stunde χλμ./ωρα
    χιλιομετρα_ανα_ωρα χιλιομετρο_ανα_ωρα χλμ/ω kilómetros_por_hora kilómetro_por_hora
    کیلومتر_در_ساعت kilometriä_tunnissa kilometri_tunnissa kilomètres_par_heure kilomètre_par_heure
    קמ״ש קילומטר_לשעה km/j kilometer_per_jam chilometri_orari chilometro_orario 시속_킬로미터 किप्रता
    किलोमीटर_प्रति_तास km/u kilometer_per_uur km/godz kilometra_na_godzinę kilometr_na_godzinę
    kilometry_na_godzinę kilometrów_na_godzinę quilômetros_por_hora quilômetro_por_hora км/ч
    километра_в_час километр_в_час километров_в_час kilometer_per_timme km_/saa kilomita_kwa_saa
    கிலோமீட்டர்கள்/மணிநேரம் கிலோமீட்டர்/மணிநேரம் కి.మీ/గం గంటకు_కిలోమీటర్లు గంటకు_కిలోమీటరు km/sa
    kilometre/saat км/год кілометра_за_годину кілометр_за_годину кілометри_за_годину
    кілометрів_за_годину kilômét/giờ 公里/小時 每小時_公里
length/time 1 m/s meters_per_second meter_per_second م/ث متر_فی_الثانیة ሜ/ሴ ሜትር_በሰከንድ
    মিটার_প্রতি_সেকেন্ড मी॰/से॰ मीटर_प्रति_सेकंड میٹر_فی_سیکنڈ တစ်စက္ကန့်လျှင်_မီတာ ม./วิ
    เมตรต่อวินาที 每秒_米 秒速_メートル meter_pro_sekunde μετρα/δευτ μετρο/δευτ μετρα_ανα_δευτερολεπτο
    μετρο_ανα_δευτερολεπτο μ./δ metros_por_segundo metro_por_segundo متر_در_ثانیه metriä_sekunnissa
    metri_sekunnissa mètres_par_seconde mètre_par_seconde מ׳/שנ׳ מטר_לשנייה m/dtk meter_per_detik
    metri_al_secondo metro_al_secondo 초속_미터 मी/से मीटर_प्रति_सेकंद meter_per_seconde
    metra_na_sekundę metr_na_sekundę metry_na_sekundę metrów_na_sekundę м/с метра_в_секунду
    метр_в_секунду метров_в_секунду meter_per_sekund mita_kwa_sekunde m_/s மீட்டர்கள்/விநாடி
    மீட்டர்/விநாடி మీ/సె సెకనుకు_మీటర్లు సెకనుకు_మీటరు m/sn metre/saniye метра_за_секунду
    метр_за_секунду метри_за_секунду метрів_за_секунду mét/giây 公尺/秒 每秒_公尺
length/time 0.44704 mph miles_per_hour mile_per_hour میل/س میل_فی_الساعة ማይል/ሰ ማይል_በሰአት
    মাইল_প্রতি_ঘণ্টা मी॰प्र॰घं॰ मील_प्रति_घंटा मीप्रघं میل_فی_گھنٹہ mi/h တစ်နာရီလျှင်_မိုင် ไมล์/ชม
    ไมล์ต่อชั่วโมง 每小时_英里 時速_マイル meilen_pro_stunde meile_pro_stunde μιλια/ωρα μιλι/ωρα μιλια_ανα_ωρα
    μιλι_ανα_ωρα μιλια/ω μιλι/ω millas_por_hora milla_por_hora مایل_در_ساعت mailia_tunnissa
    maili_tunnissa miles_par_heure mile_par_heure מייל_לשעה mil_per_jam miglia_all'ora
    miglio_all'ora 시속_마일 मैप्रता मैल_प्रति_तास mijl_per_uur mili/h mila/h mile/h mil/h
    mili_na_godzinę mila_na_godzinę mile_na_godzinę mil_na_godzinę milhas_por_hora milha_por_hora
    ми/ч мили_в_час миля_в_час миль_в_час mile_per_timme maili_kwa_saa mi_/saa மைல்கள்/மணிநேரம்
    மைல்/மணிநேரம் మై/గం గంటకు_మైళ్లు గంటకు_మైలు mil/sa mil/saat милі/год миля/год миль/год
    милі_за_годину миля_за_годину миль_за_годину мл/год dặm/giờ 英里/小時 每小時_英里
angle 1 deg degrees degree درجة درجتان درجات °ዲግሪ ዲግሪ ডিগ্রী अंश ڈگری ဒီဂရီ องศา 度 grad μοιρεσ μοιρα
    grados grado درجه astetta aste degrés degré מעלות מעלה_אחת שתי_מעלות derajat gradi booggraden
    booggraad stopnia stopień stopnie stopni graus grau градуса градус градусов grader digrii டிகிரி
    டிகிரீஸ் డి డిగ్రీలు డిగ్రీ derece градуси градусів độ
voltage 1 volts volt فولت ቮልት ভোল্ট वोल्ट وولٹ ဗို့ โวลต์ 伏特 ボルト βολτ voltios voltio ولت volttia
    voltti וולט 볼트 व्होल्ट wolta wolt wolty woltów вольта вольт volti வோல்ட்கள் வோல்ட் వో వోల్ట్స్
    వోల్ట్ вольти вольтів vôn
current 1 amperes ampere امبیر አምፒር অ্যাম্পিয়ার एम्पीयर ایمپیئر အမ်ပီယာ แอมป์ แอมแปร์ 安培 アンペア αμπερ
    amperios amperio آمپر ampeeria ampeeri ampères ampère אמפר 암페어 अँपियर ampera amper ampery
    amperów ампера ампер ampea ஆம்பியர்கள் ஆம்பியர் ఆం ఆంపియర్స్ ఆంపియర్ ампери амперів ampe
frequency 1 hz hertz هرتز ኸርዝ হার্জ हर्ट्ज़ ہرٹز ဟတ်ဇ် เฮิรตซ์ 赫兹 ヘルツ χερτζ hercios hercio hertsiä
    hertsi הרץ 헤르츠 हर्ट्झ herca herc herce herców гц герца герц hezi ஹெர்ட்ஸ் హెర్ట్జ్ герци герців
    赫茲
"""
