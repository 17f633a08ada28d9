"""How often letters that are not in ASCII are seen in languages of Europe, and where signs stand in texts of any."""

from __future__ import annotations

LOWEST_RATE = 1e-8
"""For signs that no plan has: lines of boxes, sums, Greek letters in the midst of words."""


class Fit:
    """How well a character fits where it stands, as factors of its rate."""

    GOOD = 1.0
    POOR = 1e-3
    NEVER = 1e-6


def _rates(**per_thousand: float) -> dict[str, float]:
    return {letter: rate / 1000 for letter, rate in per_thousand.items()}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LETTER_RATES: dict[str, dict[str, float]] = {
    "English": _rates(é=0.2, è=0.1, ê=0.1, ç=0.1, ï=0.1, ö=0.1, ü=0.1, ñ=0.1, á=0.05, ó=0.05),
    "German": _rates(ä=5.5, ö=4.5, ü=10, ß=3, é=0.1),
    "French": _rates(é=19, è=2.7, à=5, ê=2, ç=1, ù=0.6, â=0.5, î=0.5, ô=0.4, û=0.6, ë=0.1, ï=0.1, œ=0.2),
    "Spanish": _rates(á=5, é=4, í=7, ñ=3, ó=8, ú=1.7, ü=0.1, º=0.2, ª=0.2),
    "Portuguese": _rates(á=4, â=1, ã=7, ç=5, é=3.4, ê=4.5, í=1.3, ó=3, õ=1, ú=2, à=0.7, ô=0.6, º=0.2, ª=0.2),
    "Italian": _rates(à=6, è=2.6, é=1, ì=0.5, ò=1.5, ù=1.7),
    "Dutch": _rates(ë=1, é=1, è=0.3, ï=0.5, ö=0.3, ü=0.3, ê=0.1),
    "Swedish": _rates(å=13, ä=18, ö=13, é=0.5),
    "Danish": _rates(æ=8.7, ø=9.4, å=12, é=0.5),
    "Finnish": _rates(ä=36, ö=4.4, å=0.1),
    "Polish": _rates(ą=7, ę=11, ł=17, ń=3.6, ó=11, ś=5, ź=0.8, ż=7, ć=5),
    "Czech": _rates(á=21, č=4.6, ď=0.2, é=6.3, ě=12, í=16, ň=0.2, ó=0.2, ř=3.8, š=6.9, ť=0.2, ú=0.5, ů=2, ý=10, ž=7.2),
    "Slovak": _rates(á=13, ä=1.5, č=10, ď=0.2, é=8, í=9, ľ=4, ň=1, ó=1, ô=1.5, š=8, ť=6, ú=7, ý=8, ž=8),
    "Hungarian": _rates(á=34, é=35, í=6, ó=11, ö=11, ő=9, ú=3, ü=6, ű=2),
    "Croatian": _rates(č=10, ć=6, đ=3, š=9, ž=5),
    "Romanian": _rates(ă=20, â=5, î=10, ş=11, ţ=10),
    "Turkish": _rates(ı=51, ş=18, ü=19, ç=12, ğ=11, ö=8, â=0.1, î=0.1) | {"i̇": 0.002},
    "Icelandic": _rates(ð=44, á=18, í=16, þ=15, ó=10, ö=8, æ=9, é=6.5, ú=6, ý=2),
    "Latvian": _rates(ā=39, ī=18, ē=18, š=11, ņ=6, ū=4, ļ=5, ž=2, ķ=1.5, č=1, ģ=0.5),
    "Lithuanian": _rates(ė=17, ų=13, š=12, ž=9, į=6, ą=7, ū=4.5, č=4, ę=2.5),
    "Estonian": _rates(ä=16, õ=12, ü=6, ö=2, š=0.1, ž=0.1),
}

RARE_LANGUAGES = frozenset(["Turkish", "Icelandic", "Latvian", "Lithuanian", "Estonian"])
"""Languages that few letters must not speak for: theirs are seen wherever a text is read in a wrong encoding."""

STOP_WORDS: dict[str, frozenset[str]] = {
    "English": _words("the of and to in for our with on by is are from at more all we every new"),
    "German": _words("der die das und von mit auf bis zum zur im ein eine den des als alle je pro wir"),
    "French": _words("le la les des et du pour par sur dans un une nos au aux en avec de plus"),
    "Spanish": _words("el la los las de y en para con del al por un una nuestros que"),
    "Portuguese": _words("o os as de do da dos das em para com e um uma no na por"),
    "Italian": _words("il lo la gli le di e per con del della dei un una nei al"),
    "Dutch": _words("de het een van en voor met op in te onze naar alle"),
    "Swedish": _words("och att en ett av med till som den det"),
    "Danish": _words("og at en et af med til som den det"),
    "Polish": _words("na do dla oraz od po nie"),
    "Czech": _words("na do pro ve se je"),
    "Slovak": _words("na do pre sa je zo so od po za"),
    "Hungarian": _words("az egy is nem hogy"),
}

ONE_LETTER_WORDS = frozenset("àèéóåöøáíúÀÈÉÓÁÍÚºª")
"""Letters that are a word by themselves somewhere."""

SIGN_RATES = {
    **dict.fromkeys("’", 5e-3),
    **dict.fromkeys("“”„‚‘«»‹›–—…•€£¿¡", 2e-3),
    **dict.fromkeys("\xa0", 1e-3),
    **dict.fromkeys("§°±×²³½¼¾®™©·¢¥µ", 3e-4),
}
"""How often signs are seen."""
_ENGLISH_ENDINGS = ("s", "t", "re", "ll", "ve", "d", "m")


def fit(before: str, sign: str, after: str) -> float:
    """How well a sign fits between these; `after` may be several characters."""
    next = after[:1]
    inside = before.isalpha() and next.isalpha()
    if sign == "’":
        english = before.isalpha() and any(
            after.startswith(each) and not after[len(each) : len(each) + 1].isalpha() for each in _ENGLISH_ENDINGS
        )
        return 20.0 if english else Fit.GOOD if before.isalpha() else Fit.POOR
    if sign == "\xa0":
        return Fit.GOOD if before.isdigit() or before == "«" or next in "?!:;»%€" else Fit.POOR
    if sign in "²³":
        return Fit.GOOD if before.isalpha() and not next.isalpha() else Fit.POOR
    if sign in "¿¡„‚‘“«‹":
        return Fit.GOOD if not before.isalnum() or (sign in "“«‘" and not next.isalnum()) else Fit.POOR
    if sign == "§":
        return Fit.GOOD if next.isdigit() or next.isspace() or next == "§" else Fit.POOR
    if sign in "€£¥¢©®×" and next.isalpha():
        return Fit.POOR
    if sign in "½¼¾" and inside:
        return Fit.NEVER
    if sign in "½¼¾°":
        return Fit.GOOD if before.isdigit() or before.isspace() else Fit.POOR
    return Fit.POOR if inside else Fit.GOOD
