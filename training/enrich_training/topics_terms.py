"""Terms that name a topic, by language, and terms that only seem to.

They stand in for labelled passages where there are few or none: `topics_data.composed` puts a few of them into
passages. All are written for this project.
"""

from .topics_data import TOPICS

# Languages -> topic -> terms, divided by " | ". The key "none" holds phrases that look like a topic and are none.
_TERMS: dict[str, dict[str, str]] = {
    "ar": {
        "security": (
            "هجوم مسلح | تفجير انتحاري | قصف مدفعي | غارة جوية | الجماعات المسلحة | تنظيم إرهابي | قوات الجيش | "
            "مناورات عسكرية | صفقة أسلحة | صاروخ باليستي | اشتباكات عنيفة | حرس الحدود | طائرة مسيرة | خلية "
            "تجسس | احتجاز رهائن | انقلاب عسكري | الأسلحة النووية | هجوم سيبراني | قوات حفظ السلام | وقف إطلاق "
            "النار | اعتقال مشتبه بهم بالإرهاب | مقتل جنود | ميليشيات | عبوة ناسفة | سيارة مفخخة | المتمردون | "
            "ضربات جوية | سلاح الجو | القوات المسلحة | مداهمة أمنية | قذائف هاون | قراصنة | اغتيال | تهريب "
            "السلاح"
        ),
        "diplomacy": (
            "وزير الخارجية | محادثات ثنائية | السفير لدى | قمة رئاسية | مجلس الأمن الدولي | مفاوضات السلام | "
            "العلاقات الدبلوماسية | عقوبات دولية | مبعوث الأمم المتحدة | اتفاقية ثنائية | زيارة رسمية | الوساطة "
            "بين الطرفين | استدعاء السفير | بيان مشترك | مذكرة تفاهم بين الحكومتين | الأمين العام للأمم المتحدة "
            "| القنصلية | وزارة الخارجية | الجامعة العربية | اتفاق السلام | قطع العلاقات | تبادل السفراء | "
            "المتحدث باسم الخارجية | الاتحاد الأوروبي وإيران | نظيره الأمريكي | القمة العربية"
        ),
        "water": (
            "مياه الشرب | شح المياه | السدود | منسوب النهر | مياه الصرف الصحي | تحلية المياه | المياه الجوفية | "
            "الجفاف | السيول والفيضانات | شبكات الري | حصص مياه الأنهار | تلوث المياه | انقطاع المياه | محطة "
            "المعالجة | مخزون السد | ملء السد | سد النهضة | مياه النيل | تقاسم مياه النهر | دجلة والفرات | "
            "الموارد المائية | الأمطار الغزيرة | غمرت المياه | شبكة المياه | خزانات المياه | مياه الأمطار | "
            "محطة تحلية | فيضان النهر | ندرة المياه"
        ),
        "none": (
            "الضمان الاجتماعي | الأمن الغذائي | كرة الماء | ماء الوجه | خط الدفاع | الهجوم المرتد | نادي السد | "
            "تدفق الاستثمارات | السباحة | سفير النوايا الحسنة للفريق | ماء الورد | هداف الفريق"
        ),
    },
    "fa": {
        "security": (
            "حمله مسلحانه | انفجار انتحاری | حمله هوایی | گروه تروریستی | نیروهای مسلح | رزمایش نظامی | موشک "
            "بالستیک | درگیری مرزی | مرزبانان | سپاه پاسداران | جاسوسی | گروگان‌گیری | تسلیحات هسته‌ای | پهپاد "
            "| حمله سایبری | شورشیان | کودتا | آتش‌بس | پایگاه نظامی | وزارت دفاع | کشته شدن نظامیان | "
            "تروریست‌ها | ارتش | شبه‌نظامیان | داعش | طالبان | بمب‌گذاری | نیروی دریایی | حمله موشکی | خودروی "
            "بمب‌گذاری شده | ترور | پدافند هوایی | باند مسلح قاچاق"
        ),
        "diplomacy": (
            "وزیر امور خارجه | سفیر | گفت‌وگوهای دوجانبه | روابط دیپلماتیک | شورای امنیت سازمان ملل | مذاکرات "
            "صلح | تحریم‌ها | نشست سران | سخنگوی وزارت خارجه | دیدار با همتای خود | تفاهم‌نامه میان دو کشور | "
            "میانجیگری | سفر رسمی | قطعنامه | بیانیه مشترک | وزارت امور خارجه | دبیرکل سازمان ملل | توافق "
            "هسته‌ای | اتحادیه اروپا | روابط دوجانبه | همتای روس | کنسولگری | قطع روابط | سفیر ایران در | گروه "
            "۱+۵ | رئیس‌جمهور در دیدار با نخست‌وزیر"
        ),
        "water": (
            "آب شرب | کم‌آبی | خشکسالی | سد | مخازن سدها | سیلاب | آبیاری | فاضلاب | آب شیرین‌کن | آب‌های "
            "زیرزمینی | حقابه | رودخانه | تالاب | شرکت آب و فاضلاب | آلودگی آب | قطعی آب | بارش باران و "
            "آبگرفتگی | سد کرج | زاینده‌رود | دریاچه ارومیه | منابع آب | صرفه‌جویی در مصرف آب | تصفیه‌خانه | "
            "شبکه آبرسانی | لوله‌کشی آب | طغیان رودخانه | بحران آب | آب آشامیدنی | چاه‌های غیرمجاز"
        ),
        "none": (
            "تامین اجتماعی | امنیت غذایی | واترپلو | خط دفاعی تیم | خط حمله تیم | ضدحمله | آبرو | آبمیوه | شنا "
            "| آب و هوای معتدل"
        ),
    },
    "tr": {
        "security": (
            "silahlı saldırı | intihar saldırısı | hava harekâtı | terör örgütü | terörist | askeri tatbikat | "
            "Türk Silahlı Kuvvetleri | jandarma operasyonu | balistik füze | çatışma çıktı | sınır güvenliği | "
            "insansız hava aracı | casusluk | rehin alındı | darbe girişimi | nükleer silah | siber saldırı | "
            "şehit asker | ateşkes | bombalı saldırı | PKK | IŞİD | şehit oldu | bombardıman | hava saldırısı | "
            "mayın patladı | militan | güvenlik güçleri | istihbarat | savaş uçağı | polise ateş açıldı | "
            "terörle mücadele | silahlı çatışma | suikast | canlı bomba | ordu"
        ),
        "diplomacy": (
            "Dışişleri Bakanı | büyükelçi | ikili görüşme | zirve toplantısı | Birleşmiş Milletler Güvenlik "
            "Konseyi | barış görüşmeleri | diplomatik ilişkiler | yaptırımlar | resmi ziyaret | mevkidaşı ile "
            "görüştü | arabuluculuk | ortak bildiri | anlaşma imzalandı iki ülke | Avrupa Birliği müzakereleri "
            "| nota verdi | Dışişleri Bakanlığı | NATO zirvesi | Avrupa Birliği | BM Genel Sekreteri | "
            "diplomatik kriz | başkonsolosluk | büyükelçilik | iki ülke arasında | müzakere | ABD Başkanı ile "
            "görüştü | Kıbrıs görüşmeleri | uluslararası anlaşma | özel temsilci"
        ),
        "water": (
            "içme suyu | baraj doluluk oranı | barajlar | kuraklık | sel felaketi | su baskını | sulama kanalı "
            "| yeraltı suları | kanalizasyon | atık su arıtma tesisi | hidroelektrik santrali | nehir taştı | "
            "su kesintisi | su kaynakları | su kıtlığı | gölün su seviyesi | Devlet Su İşleri | su kirliliği | "
            "şebeke suyu | Fırat ve Dicle'nin suları | DSİ | sel | şiddetli yağış | arıtma | atık su | sulama | "
            "göl kurudu | gölet | baraj gölü | dere taştı | temiz su | sulak alan | su sıkıntısı | yağmur suyu "
            "| deniz suyunun arıtılması | taşkın"
        ),
        "none": (
            "sosyal güvenlik | gıda güvenliği | su topu | savunma oyuncusu | hücum oyuncusu | forvet | kontra "
            "atak | yüzme yarışması | maden suyu içmek | trafik kazası | hırsızlık | iyi niyet elçisi"
        ),
    },
    "ckb": {
        "security": (
            "هێرشی چەکداری | تەقینەوە | بۆردومان | گرووپی تیرۆریستی | پێشمەرگە | سوپا | ڕاهێنانی سەربازی | "
            "مووشەک | شەڕ و پێکدادان | پاسەوانی سنوور | درۆن | سیخوڕی | بارمتە | کودەتا | چەکی ئەتۆمی | داعش | "
            "هێزە ئەمنییەکان | ئاگربەست | شەهیدبوون | تیرۆرکردن | چەکدارانی داعش | فڕۆکەی جەنگی | تۆپباران | "
            "ئۆپەراسیۆنی سەربازی | گەریلا | پۆلیس و ئاسایش | هێرشی ئاسمانی | مین | حەشدی شەعبی"
        ),
        "diplomacy": (
            "وەزیری دەرەوە | باڵیۆز | کۆبوونەوەی دوولایەنە | لووتکە | ئەنجوومەنی ئاسایش | دانوستانی ئاشتی | "
            "پەیوەندییە دیپلۆماسییەکان | سزاکان | نێردەی نەتەوە یەکگرتووەکان | سەردانی فەرمی | ڕێککەوتنی نێوان "
            "دوو وڵات | نێوەندگیری | کونسوڵخانە | وەزارەتی دەرەوە | سەرۆکی هەرێم پێشوازی لە | باڵیۆزی ئەمریکا | "
            "یەکێتیی ئەوروپا | نەتەوە یەکگرتووەکان | پەیوەندییەکانی نێوان | شاندێکی | کۆنسوڵی گشتی"
        ),
        "water": (
            "ئاوی خواردنەوە | کەمئاوی | بەنداو | لافاو | وشکەساڵی | ئاودێری | ئاوەڕۆ | ئاوی ژێرزەوی | ئاستی ئاو "
            "| ڕووبار | پیسبوونی ئاو | سەرچاوەکانی ئاو | بڕینی ئاو | پشکی ئاو | پاڵاوگەی ئاو | دیجلە و فورات | "
            "ئاو | باران | بەنداوی دوکان | بەنداوی دەربەندیخان | پڕۆژەی ئاو | ئاوی پاک | کانی و کارێز | ئاستی "
            "ئاوی دەریاچە | کەمبوونەوەی ئاو | بارانبارین و لافاو"
        ),
        "none": (
            "بیمەی کۆمەڵایەتی | یاریزانی هێرشبەر | بەرگریکار | مەلەوانی | ئاوی میوە | یانەی وەرزشی | ڕووداوی "
            "هاتووچۆ"
        ),
    },
    "kmr": {
        "security": (
            "êrîşa çekdarî | teqîn | bombebaran | rêxistina terorê | artêş | şer û pevçûn | mûşek | dron | "
            "leşker | parastina sînor | sîxurî | rehîne | derbeya leşkerî | çekên atomî | DAIŞ | Pêşmerge | "
            "hêzên ewlehiyê | agirbest | gerîla | artêşa Tirk | balafirên şer | êrîşa hewayî | teqemenî | "
            "çekdar | operasyona leşkerî | mayîn | top û mûşek | hatin kuştin leşker"
        ),
        "diplomacy": (
            "Wezîrê Derve | balyoz | hevdîtina dualî | lûtke | Konseya Ewlehiyê ya Neteweyên Yekbûyî | "
            "danûstandinên aştiyê | têkiliyên dîplomatîk | ceza li ser welêt | serdana fermî | nûnerê Neteweyên "
            "Yekbûyî | peymana navbera her du welatan | navbeynkarî | konsulxane | Wezareta Derve | Yekîtiya "
            "Ewropayê | balyozê Amerîkayê | hevdîtin pêk anîn | peywendiyên di navbera | şandeya | Neteweyên "
            "Yekbûyî"
        ),
        "water": (
            "ava vexwarinê | kêmbûna avê | bendav | lehî | ziwabûn | avdan | kanalîzasyon | ava binerd | asta "
            "avê | çem | qirêjbûna avê | çavkaniyên avê | avê birî | para avê | Dîcle û Firat | hişkesalî | gol "
            "ziwa bû | tora avê | av | ava paqij | kêmava | rûbar | baran û lehî | bîr | ava çem | golê | "
            "bendava Iliysûyê | zeviyên avî"
        ),
        "none": (
            "sîgorteya civakî | lîstikvanê êrîşê | parêzvan | avjenî | tîma futbolê | qezaya trafîkê | ava "
            "fêkiyan"
        ),
    },
    "ur": {
        "security": (
            "خودکش حملہ | بم دھماکہ | فضائی حملہ | دہشت گرد تنظیم | پاک فوج | فوجی مشقیں | میزائل | جھڑپیں | "
            "سرحدی محافظ | ڈرون حملہ | جاسوسی | یرغمال | فوجی بغاوت | ایٹمی ہتھیار | سکیورٹی فورسز | جنگ بندی | "
            "شدت پسند | فائرنگ کا تبادلہ | سکیورٹی اہلکار شہید | طالبان | داعش | آپریشن ضرب | دہشت گردی | فوجی "
            "اہلکار | ریموٹ کنٹرول بم | لائن آف کنٹرول | کنٹرول لائن پر فائرنگ | جنگی طیارے | رینجرز | خفیہ "
            "ادارے | کراچی آپریشن"
        ),
        "diplomacy": (
            "وزیر خارجہ | سفیر | دوطرفہ مذاکرات | سربراہی اجلاس | اقوام متحدہ کی سلامتی کونسل | امن مذاکرات | "
            "سفارتی تعلقات | پابندیاں | سرکاری دورہ | ہم منصب سے ملاقات | ثالثی | مشترکہ اعلامیہ | دفتر خارجہ | "
            "دونوں ملکوں کے درمیان معاہدہ | ترجمان دفتر خارجہ | اقوام متحدہ | ہائی کمشنر | وزیر اعظم کا دورہ | "
            "سیکرٹری خارجہ | پاک بھارت مذاکرات | تعلقات | امریکی وزیر خارجہ | یورپی یونین | سفارت خانہ"
        ),
        "water": (
            "پینے کا پانی | پانی کی قلت | ڈیم | سیلاب | خشک سالی | آبپاشی | نکاسی آب | زیر زمین پانی | دریا میں "
            "پانی کی سطح | آبی آلودگی | آبی ذخائر | سندھ طاس معاہدہ | پانی کی تقسیم | نہری نظام | پانی کی "
            "فراہمی | سیلابی ریلا | بارشوں اور سیلاب | دریائے سندھ | کالا باغ ڈیم | منگلا ڈیم | تربیلا | واسا | "
            "پانی کا بحران | صاف پانی | واٹر فلٹریشن پلانٹ | نہروں میں پانی | کیوسک"
        ),
        "none": (
            "سماجی تحفظ | غذائی تحفظ | واٹر پولو | دفاعی کھلاڑی | تیراکی | خیر سگالی سفیر | عرق گلاب | ٹریفک "
            "حادثہ | آبرو"
        ),
    },
    "he": {
        "security": (
            "פיגוע ירי | מחבל מתאבד | תקיפה אווירית | ארגון טרור | חיילי צה\"ל | תרגיל צבאי | טיל בליסטי | ירי "
            "רקטות | גבול הצפון | כטב\"ם | ריגול | בני ערובה | הפיכה צבאית | נשק גרעיני | מתקפת סייבר | הפסקת אש "
            "| חיזבאללה | חמאס | שב\"כ | מערכת הביטחון | לוחמים נפצעו | חיילים | צבא | טרור | מחבלים | טילים | "
            "חיל האוויר | מבצע צבאי | ירי | פצצה | מטען חבלה | חטיפה | מוסד | איראן והגרעין | כוחות הביטחון | "
            "משמר הגבול"
        ),
        "diplomacy": (
            "שר החוץ | השגריר | פגישה מדינית | ועידת פסגה | מועצת הביטחון של האו\"ם | שיחות שלום | יחסים "
            "דיפלומטיים | סנקציות | ביקור רשמי | משא ומתן | הסכם בין המדינות | תיווך | משרד החוץ | החלטת האו\"ם "
            "| נורמליזציה | הצהרה משותפת | נשיא ארצות הברית | מזכיר המדינה האמריקאי | האיחוד האירופי | שגרירות "
            "| הסכם שלום | מדיניות חוץ | האו\"ם | קונסוליה | ראש הממשלה נפגש עם נשיא"
        ),
        "water": (
            "מי שתייה | מחסור במים | מפלס הכנרת | התפלה | מתקן התפלה | ביוב | שיטפונות | הצפות | בצורת | השקיה "
            "| מי תהום | סכר | נהר | רשות המים | זיהום מים | משק המים | מאגרי מים | הפסקת מים | נחל | תאגיד "
            "המים | מים | גשם וסופה | מקורות | מכסות מים | טיהור שפכים | שפכים | מי שתייה מזוהמים | מחירי המים "
            "| נהר הירדן | ים המלח נסוג | באר | צינור מים"
        ),
        "none": (
            "ביטוח לאומי | ביטחון תזונתי | כדורמים | שחקן הגנה | שחקן התקפה | שחייה | תאונת דרכים | שוק ההון | "
            "מי פירות | חלוץ הקבוצה | אבטחת מידע במחשב"
        ),
    },
    "en": {
        "security": (
            "suicide bombing | air strike | armed group | militants | military drill | arms deal | ballistic "
            "missile | border guards | drone attack | espionage | hostages | military coup | nuclear weapons | "
            "cyber attack on the state | ceasefire | troops | rebels | insurgents | killed in an attack | naval "
            "exercise | missile test | terrorist suspects | shelling | fighter jets | peacekeepers | roadside "
            "bomb | gunmen | assassination | military base"
        ),
        "diplomacy": (
            "foreign minister | ambassador | bilateral talks | summit | UN Security Council | peace "
            "negotiations | diplomatic relations | sanctions | state visit | his counterpart | joint communique "
            "| mediation | special envoy | foreign ministry | United Nations resolution | treaty | diplomats | "
            "the European Union and | embassy | trade agreement between the governments | expelled the "
            "ambassador | secretary of state | peace process | General Assembly"
        ),
        "water": (
            "drinking water | water shortage | dam | river basin | flood | flooding | drought | irrigation | "
            "sewage | desalination | groundwater | reservoir level | water treatment | water rights | wetlands "
            "| water utility | flash floods | water supply | hydropower dam | transboundary river | water "
            "sharing | heavy rain | overflowed | sanitation | water pollution | aquifer | Nile waters | "
            "Euphrates | river levels | water crisis | contaminated water | treaty on the river"
        ),
        "none": (
            "social security | food security | water polo | watershed moment | a flood of refugees | investment "
            "flows | striker | defender | counter-attack in the second half | goodwill ambassador | antivirus "
            "update | swimming pool | mineral water brand"
        ),
    },
    "ru": {
        "security": (
            "теракт | авиаудар | боевики | военные учения | баллистическая ракета | пограничники | беспилотник "
            "| шпионаж | заложники | военный переворот | ядерное оружие | кибератака | прекращение огня | "
            "обстрел | террористическая группировка | военные | обстреляли | войска | армия | взрыв бомбы | "
            "ракетный удар | спецслужбы | ФСБ | Исламское государство | террористы | оборона | боевые действия "
            "| НАТО и войска"
        ),
        "diplomacy": (
            "министр иностранных дел | посол | двусторонние переговоры | саммит | Совет Безопасности ООН | "
            "мирные переговоры | дипломатические отношения | санкции | официальный визит | посредничество | "
            "совместное заявление | спецпосланник | МИД | глава МИД | переговоры | президент встретился с | "
            "Евросоюз | ООН | посольство | договор между странами | дипломаты | внешняя политика | резолюция"
        ),
        "water": (
            "питьевая вода | нехватка воды | плотина | наводнение | паводок | засуха | орошение | канализация | "
            "опреснение | грунтовые воды | водохранилище | уровень реки | загрязнение воды | "
            "гидроэлектростанция | водоснабжение | река | уровень воды | подтопление | затопило | водоснабжение "
            "города | сточные воды | очистные сооружения | дожди и наводнение | ГЭС | озеро"
        ),
        "none": (
            "социальное обеспечение | продовольственная безопасность | водное поло | защитник клуба | "
            "нападающий | плавание | минеральная вода | дорожная авария"
        ),
    },
    "de": {
        "security": (
            "Anschlag | Luftangriff | Terrorgruppe | Militärübung | Rakete | Grenzschutz | Drohnenangriff | "
            "Spionage | Geiseln | Putsch | Atomwaffen | Cyberangriff | Waffenruhe | Streitkräfte | "
            "Waffenlieferungen | Soldaten | Terroristen | Armee | Bundeswehr | Angriff | Raketen | Rebellen | "
            "Bombe | Krieg | Islamischer Staat | Geheimdienst"
        ),
        "diplomacy": (
            "Außenminister | Botschafter | bilaterale Gespräche | Gipfeltreffen | UN-Sicherheitsrat | "
            "Friedensverhandlungen | diplomatische Beziehungen | Sanktionen | Staatsbesuch | Amtskollege | "
            "Vermittlung | gemeinsame Erklärung | Auswärtiges Amt | EU-Gipfel | Vereinte Nationen | Abkommen | "
            "Verhandlungen | Diplomaten | Präsident traf | Botschaft | Beziehungen zwischen"
        ),
        "water": (
            "Trinkwasser | Wassermangel | Staudamm | Hochwasser | Überschwemmung | Dürre | Bewässerung | "
            "Abwasser | Kläranlage | Grundwasser | Talsperre | Flusspegel | Entsalzung | Wasserversorgung | "
            "Fluss | Flut | Starkregen | Wasser | Pegel | Stausee | Wasserkraft | Trinkwasserversorgung | "
            "Überflutung"
        ),
        "none": (
            "Sozialversicherung | Ernährungssicherheit | Wasserball | Verteidiger | Stürmer | Schwimmbad | "
            "Mineralwasser | Verkehrsunfall"
        ),
    },
    "fr": {
        "security": (
            "attentat | frappe aérienne | groupe armé | exercices militaires | missile balistique | "
            "gardes-frontières | drone armé | espionnage | otages | coup d'État | armes nucléaires | "
            "cyberattaque | cessez-le-feu | djihadistes | militaires tués | soldats | terroristes | armée | "
            "bombardement | rebelles | missile | guerre | attaque armée | services de renseignement | État "
            "islamique | forces de sécurité"
        ),
        "diplomacy": (
            "ministre des Affaires étrangères | ambassadeur | entretiens bilatéraux | sommet | Conseil de "
            "sécurité de l'ONU | négociations de paix | relations diplomatiques | sanctions | visite officielle "
            "| homologue | médiation | communiqué conjoint | Quai d'Orsay | Union européenne | Nations unies | "
            "accord entre les pays | diplomates | négociations | ambassade | relations entre | sommet de l'OTAN"
        ),
        "water": (
            "eau potable | pénurie d'eau | barrage | inondations | crue | sécheresse | irrigation | eaux usées "
            "| station d'épuration | nappe phréatique | dessalement | niveau du fleuve | approvisionnement en "
            "eau | pollution de l'eau | fleuve | eau | rivière en crue | fortes pluies | barrage "
            "hydroélectrique | assainissement | réservoir | robinet | nappe"
        ),
        "none": (
            "sécurité sociale | sécurité alimentaire | water-polo | défenseur du club | attaquant | natation | "
            "eau minérale | accident de la route"
        ),
    },
}

LANGUAGES = tuple(_TERMS)


def terms(language: str, topic: str) -> list[str]:
    """The terms of a topic, or of "none", in a language. Raises KeyError where there are none."""
    if topic not in (*TOPICS, "none"):
        raise KeyError(topic)
    return [term.strip() for term in _TERMS[language][topic].split(" | ")]
