// Written for this page. The people in them do not exist.
export const SAMPLES = [
  {
    name: "العربية",
    lang: "ar",
    text: `العراق يطلب حصة أكبر من مياه دجلة

قال وزير الموارد المائية سالم العبيدي، الاثنين، إن الخزين في سد الموصل انخفض إلى 40% من طاقته، ودعا تركيا وإيران إلى زيادة الإطلاقات المائية في نهري دجلة والفرات. وجاء كلامه في بغداد بعد لقائه السفيرة التركية أيلين كايا.

وأضاف العبيدي أن الوزارة وقّعت مع برنامج UNDP اتفاقاً بقيمة 12.5 مليون دولار لتأهيل 18 محطة ضخ في البصرة والناصرية، وأن الأمم المتحدة تبدأ المشروع عام 2027. وفي الموصل قتل مسلحون من تنظيم داعش جنديين في هجوم على حاجز للجيش العراقي قرب السد.`,
  },
  {
    name: "فارسی",
    lang: "fa",
    text: `گفتگوی تهران و کابل درباره آب هیرمند

رضا مرادی، معاون وزیر نیرو، روز سه‌شنبه در زابل گفت سهم ایران از آب رود هیرمند امسال کمتر از ۲۰ درصد بوده است. او از سازمان ملل متحد خواست بر آبگیری سد کمال‌خان نظارت کند.

نجیب صافی، نماینده افغانستان در این مذاکرات، خشکسالی را علت کاهش آب دانست و پیشنهاد کرد کمیته مشترک دو کشور ماه آینده در هرات دیدار کند. وزارت امور خارجه ایران از این پیشنهاد استقبال کرد.`,
  },
  {
    name: "Türkçe",
    lang: "tr",
    text: `Ankara ile Bağdat sınır güvenliğini görüştü

Dışişleri Bakanlığı Sözcüsü Elif Demirtaş, perşembe günü Ankara'da yaptığı açıklamada Türkiye ile Irak'ın sınır güvenliği için ortak bir komite kuracağını söyledi. Komite ilk toplantısını 14 Ekim'de Erbil'de yapacak.

Demirtaş, Dicle Nehri'nden bırakılacak su miktarının da müzakere edileceğini belirtti. Birleşmiş Milletler görüşmeleri memnuniyetle karşıladı; Musul Valisi Kerim Yasin ise halkın terör saldırılarının sona ermesini beklediğini ifade etti.`,
  },
  {
    name: "کوردی",
    lang: "ckb",
    text: `هەولێر و بەغدا لەسەر بودجە کۆدەبنەوە

ئاراس عەبدوڵڵا، وتەبێژی حکوومەتی هەرێمی کوردستان، ڕۆژی یەکشەممە لە هەولێر ڕایگەیاند کە شاندێکی هەرێم هەفتەی داهاتوو سەردانی بەغدا دەکات بۆ گفتوگۆ لەسەر مووچە و داهاتی نەوت.

ناوبراو وتی ئاستی ئاوی بەنداوی دووکان کەم بووەتەوە و جووتیارانی سلێمانی و هەڵەبجە زیانیان پێ گەیشتووە. نوێنەری نەتەوە یەکگرتووەکان پێشوازی لە گفتوگۆکان کرد.`,
  },
  {
    name: "English",
    lang: "en",
    text: `Jordan and Syria reopen talks on the Yarmouk

Ministers from Jordan and Syria met in Amman on Sunday to discuss how the water of the Yarmouk River is shared, the first such meeting since 2019. The Ministry of Water said that the Wahda Dam held 27 million cubic metres, a quarter of its capacity.

"We ask for what the treaty promises, nothing more," said Rania Khalil, who led the Jordanian delegation. The United Nations offered to send experts, while the Syrian army said it had secured the road between Daraa and Ramtha after gunmen attacked a checkpoint last week.`,
  },
  {
    name: "Mixed",
    lang: "en",
    text: `The United Nations opened a field hospital near Damascus on Friday, after gunmen had attacked an army convoy, Samir Nasser of the Red Crescent told Reuters.

وقال الطبيب يوسف الخطيب إن 37 جريحاً وصلوا إلى القامشلي منذ الأربعاء، وإن منظمة الصحة العالمية (WHO) وعدت بإرسال أدوية من العراق.

Türkiye'de Kızılay, Nusaybin'de 200 çadır kurdu; Mardin Valisi Hakan Aydın yardımların süreceğini açıkladı.`,
  },
];
