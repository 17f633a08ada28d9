"""Files that are not UTF-8 are read where their words leave no doubt, and refused where they do; never read wrongly."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest

from goldenthread import exchange
from goldenthread.contracts.errors import Refused
from goldenthread.exchange.text.decoding import decode, decode_with_note
from goldenthread.exchange.text.encoding_detection import (
    COMMON_ENCODINGS,
    ENCODINGS,
    UNSUPPORTED_ENCODINGS,
    UndecidedEncoding,
    detect_encoding,
)

WORDS = {
    "German": "Züge für alle Pünktlichkeit über alles Verkauf Süd Größe Käse Jährliche Überprüfung Änderung "
    "Straße Bahn mit der Fläche Rückgabe Erlöse Öffnungszeiten Zufriedenheit Qualität Lösung Kunden "
    "Märkte Führung Beschäftigte läuft",
    "French": "Réduire les délais Améliorer la qualité à l’été Garçon où êtes-vous Déjà vu Clients fidèles "
    "Événement Coûts maîtrisés Équipe réseau Sécurité création théâtre forêt reçu sœurs Chœur",
    "Spanish": "Año nuevo Mejorar la atención al cliente ¿Cuándo? Más ventas España Satisfacción Reducción "
    "niños Gestión señal Público rápido América educación línea",
    "Polish": "Zwiększyć sprzedaż w Łodzi Poprawić jakość usług Obsługa klientów Więcej zamówień Świadomość "
    "Źródło żółty Płatności Kraków później ciągłość być może",
    "English": "It’s the customer’s “best” Revenue in € Cost of £5 – café don’t stop naïve we’re résumé",
    "Swedish": "Öka försäljningen Förbättra ånga Nöjda kunder och ägare på Åland läs över möte",
    "Czech": "Zvýšit prodej v Čechách Zlepšit kvalitu služeb Více zákazníků Řízení změn účet příští",
    "Portuguese": "Ações de melhoria da produção Não há atrasos Satisfação São Paulo você Operações índice três",
    "Turkish": "Ayşe Yıldız Gülşen Çağlar İbrahim Öztürk Uğur Şahin Satışları artır Müşteri Iğdır Çalışan Değişim",
    "Icelandic": "Þórður Guðmundsson Ægir Bæta þjónustu Viðskiptavinir Reykjavík Sölu aukning Friðrik Hæð",
    "Hungarian": "Gábor Szűcs Győző Kovács Ügyfél Értékesítés növelése Minőség Erdős Öröm Fűtő",
    "Latvian": "Jānis Bērziņš Uzņēmums Kvalitātes uzlabošana Šķērsli Līga Kļaviņa Ģirts",
}


def _lines(language: str, count: int, chance: random.Random) -> str:
    words = WORDS[language].split()
    return "".join(f"O{each};Objective;{' '.join(chance.sample(words, 3))};{each}\n" for each in range(count))


@pytest.mark.slow
@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("encoding", COMMON_ENCODINGS)
def test_no_text_is_read_wrongly_and_those_of_some_lines_are_read(language: str, encoding: str) -> None:
    read, told = _read_of(language, encoding, fewest=1)
    assert read >= told * 0.75


@pytest.mark.slow
@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(
    "encoding", [each for each in (*ENCODINGS, *UNSUPPORTED_ENCODINGS) if each not in COMMON_ENCODINGS]
)
def test_a_text_in_a_rare_encoding_is_never_read_as_another(language: str, encoding: str) -> None:
    read, told = _read_of(language, encoding, fewest=2)
    assert read >= told * (0.3 if encoding in ENCODINGS else 0.0)


def _read_of(language: str, encoding: str, fewest: int) -> tuple[int, int]:
    """Of a hundred texts of so many lines or more, how many are read, and how many are not ASCII; none is wrong."""
    chance, read, told = random.Random(f"{language} {encoding}"), 0, 0
    for _ in range(100):
        text = _lines(language, chance.randint(fewest, 12), chance)
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        if content.isascii():
            continue
        told += 1
        try:
            assert content.decode(detect_encoding(content)) == text
        except UndecidedEncoding:
            continue
        read += 1
    return read, told


SPOKEN = {
    **dict.fromkeys(("cp1250", "iso8859_2", "cp852", "mac_latin2"), "Polish"),
    **dict.fromkeys(("cp1254", "cp857", "mac_turkish"), "Turkish"),
    **{"cp1257": "Latvian", "mac_iceland": "Icelandic", "iso8859_15": "French"},
}


@pytest.mark.parametrize(("encoding", "called"), ENCODINGS.items())
def test_the_encoding_is_said(encoding: str, called: str) -> None:
    language = SPOKEN.get(encoding, "German")
    text = "Row ID;Type;Title\n" + _lines(language, 10, random.Random(1)).replace("’", "'")
    read = decode_with_note(text.encode(encoding))
    assert read.text == text
    assert called in str(read.note)
    assert exchange.read(text.encode(encoding)).notes[0] == read.note
    assert decode(text.encode(encoding)) == text


def test_a_blank_that_does_not_break_is_one_in_a_number_only() -> None:
    content = "Title;Target\nErlöse;12\xa0500\n"
    assert decode(content.encode("cp1252")) == content
    with pytest.raises(Refused, match="save it as UTF-8"):
        decode(b"Title;Target\nRevenue;\xff\n")


@pytest.mark.parametrize("content", ["Title\nZüge\n".encode(), b"Title\nZug\n", "Title\nZüge\n".encode("utf-8-sig")])
def test_of_utf_8_nothing_is_said(content: bytes) -> None:
    assert decode_with_note(content).note is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["Row ID\tTitle\r\nP\tZüge für alle\r\n", "Row ID;Название;Цель\r\nP;План;Рост\r\n"],
    ids=["German", "Russian"],
)
def test_utf_16_is_read_with_a_mark_and_without(text: str, encoding: str) -> None:
    assert decode_with_note(text.encode(encoding)).text == text
    assert "UTF-16" in str(decode_with_note(text.encode(encoding)).note)
    assert decode_with_note(("\ufeff" + text).encode(encoding)).text == text
    assert decode_with_note(("\ufeff" + text).encode(encoding)).note is None


def test_utf_32_is_read_with_a_mark() -> None:
    assert decode_with_note("\ufeffTitle\nZüge".encode("utf-32-le")).text == "Title\nZüge"


def test_a_text_that_may_be_two_things_is_refused_with_both_and_the_remedy() -> None:
    with pytest.raises(Refused, match=r"line 2: .*“für” .*MacRoman.*“fźr” .*Windows-1250.*save it as UTF-8"):
        decode("Title\nfür\n".encode("mac_roman"))


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "koi8_r", "cp1253", "gb18030", "big5"])
def test_a_text_in_another_script_is_refused(encoding: str) -> None:
    text = {
        "cp1253": "Σχέδιο πωλήσεων\nΣτόχοι\n",
        "cp1251": "План продаж\nЦели компании\n",
        "koi8_r": "План продаж\nЦели\n",
    }
    with pytest.raises(Refused, match="save it as UTF-8"):
        decode(("Title\n" + text.get(encoding, "販売計画\n目標\n")).encode(encoding, "ignore"))


def test_one_broken_byte_in_utf_8_is_named_and_not_read_as_another_encoding() -> None:
    content = "Title\nZüge für alle\nGrößer\nKäse\n".encode().replace("Größer".encode(), b"Gr" + b"\xf6\xc3\x9fer")
    with pytest.raises(Refused, match=r"line 3: .*UTF-8"):
        decode(content)


def test_a_utf_8_file_that_was_cut_is_named() -> None:
    with pytest.raises(Refused, match=r"line 2: .*UTF-8"):
        decode("Title\nZüge für Ä".encode()[:-1])


def test_a_line_of_utf_8_in_a_file_of_another_encoding_is_not_read_as_that() -> None:
    content = _lines("German", 8, random.Random(2)).encode("cp1252") + "Zürich\n".encode()
    with pytest.raises(Refused, match=r"line 9: .*UTF-8"):
        decode(content)


def test_a_large_file_is_recognised_in_moments() -> None:
    chance = random.Random(3)
    content = "".join(
        f"O{each};Objective;Erlöse der Straße {each} {chance.random()}\n" for each in range(75_000)
    ).encode("cp1252")
    for each in (
        content,
        content.replace(b"\xf6", b"o").replace(b"\xdf", b"ss") + "Züge für Öl\n".encode("cp1252"),
        content.replace(b"\n", b" "),
    ):
        began = time.process_time()
        assert "Windows-1252" in str(decode_with_note(each).note)
        assert time.process_time() - began < 2


def test_a_byte_that_stands_late_in_a_file_speaks_too() -> None:
    text = "".join(f"O{each};Objective;Erlöse der Straße {each} für alle\n" for each in range(5_000))
    polish = text + "O;Objective;Zespół sprzedaży Łódź\n"
    assert decode_with_note(polish.encode("cp1250")).text == polish
    for late, encoding in (("Preis 100 €", "iso8859_15"), ("Uğur Şahin", "cp1254")):
        with pytest.raises(Refused, match="nothing tells which"):
            decode((text + late).encode(encoding))


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"\xe4\n" * 5_000_000, b"\xe4" * 10_000_000], ids=["lines", "one line"])
def test_ten_megabytes_that_say_nothing_are_refused_in_seconds(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(Refused, match="save it as UTF-8"):
        decode(content)
    assert time.process_time() - began < 8


def test_much_text_in_another_script_with_one_broken_byte_takes_little_memory() -> None:
    content = "План продаж;Рост\n".encode() * 300_000 + b"\xff"
    tracemalloc.start()
    with pytest.raises(Refused, match=r"line 300001: .*UTF-8"):
        decode(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(content)


def test_a_page_of_the_web_that_is_called_a_workbook_is_told_from_stratml() -> None:
    for page in (
        "<!DOCTYPE html><html>",
        "<html xmlns:o='urn:schemas-microsoft-com:office:office'>",
        "<table><tr><td>Title",
    ):
        with pytest.raises(Refused, match=r"web page.*save it as .xlsx"):
            exchange.read(page)


WRONG = {
    "xml of excel 2003": (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        "save it as .xlsx",
    ),
    "flat opendocument": ('<?xml version="1.0"?><office:document xmlns:office="urn:x"/>', "save it as .ods"),
    "mhtml": ("MIME-Version: 1.0\nX-Document-Type: Workbook\n", "save it as .xlsx"),
    "rtf": ("{\\rtf1\\ansi Title}", "copy its table"),
    "pdf": ("%PDF-1.7\nx", "PDF"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_other_files_of_text_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        exchange.read(text.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8b\x08\x00\x00\x00",
        b"\x89PNG\r\n\x1a\n\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        bytes(range(256)) * 4,
    ],
    ids=["gzip", "png", "jpeg", "all bytes"],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="save") as refused:
        decode(content)
    assert refused.value.problems[0].path == ["content"]
