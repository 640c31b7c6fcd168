"""Texts of the tests' own; no person in them exists."""

ARABIC = "قال المهندس سامر الحلو في عمّان إن سد وادي النخيل سيزوّد المزارعين بالمياه."
ENGLISH = "Mara Lindqvist met envoys of the River Board in Oslo on Monday."
PERSIAN = "شنبه در تهران نشست امنیتی برگزار شد."
HEBREW = "השר דורון כספי נפגש בחיפה עם שגרירים."
TURKISH = "Bakan Selin Aktepe Ankara'da elçilerle görüştü."
# Code points beyond the first 65,536, joined ones, marks and both directions before the names.
MIXED = "🚰👩🏽‍🌾 e\u0301 مَاء | Mara Lindqvist arrived in Oslo 🇳🇴 today, said the River Board."

EVERY = (ARABIC, ENGLISH, PERSIAN, HEBREW, TURKISH, MIXED)
