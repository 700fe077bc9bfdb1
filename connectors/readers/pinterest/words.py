"""How the account export says yes and no in the languages of Pinterest."""

_TRUE = (
    *("true", "yes", "wahr", "ja", "vrai", "oui", "verdadero", "cierto", "sí", "si", "verdadeiro"),
    *("sim", "vero", "sì", "waar", "sant", "sann", "sand", "tosi", "kyllä", "prawda", "tak"),
    *("doğru", "evet", "pravda", "ano", "áno", "da", "adevărat", "igaz", "igen", "αληθές"),
    *("ναι",),  # noqa: RUF001  # letters of other alphabets
    *("истина", "правда", "да", "так", "вярно", "đúng", "có", "benar", "ya", "จริง", "ใช่"),
    *("真", "是", "はい", "正しい", "참", "예", "네", "सही", "हाँ", "صحيح", "نعم", "כן", "אמת"),
)
_FALSE = (
    *("false", "no", "falsch", "nein", "faux", "non", "falso", "não", "onwaar", "nee", "falskt"),
    *("falsk", "usann", "nej", "nei", "usand", "epätosi", "ei", "fałsz", "nie", "yanlış", "hayır"),  # noqa: RUF001  # letters of other alphabets
    *("nepravda", "ne", "fals", "nu", "hamis", "nem", "ψευδές", "όχι", "ложь", "нет", "неправда"),
    *("ні", "не", "невярно", "sai", "không", "salah", "tidak", "เท็จ", "ไม่"),
    *(
        "假",
        "否",
        "いいえ",
        "偽",
        "거짓",
        "아니요",
        "아니오",
        "गलत",
        "नहीं",
        "خطأ",
        "لا",
        "לא",
        "שקר",
    ),
)
_MEANINGS = {
    "True": True,
    "False": False,
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
}


def truth_of(word: str | None) -> bool | None:
    """Return what a word for yes or no means; None where it is neither in any language."""
    if word is None or word in _MEANINGS:
        return _MEANINGS[word] if word else None
    return _MEANINGS.get(word.strip().rstrip(".").casefold())
