"""Whatever staff typed it in: UTF-8, UTF-16, Windows-1258, the old fonts TCVN3 and VNI, and mixtures."""

from __future__ import annotations

import io
import pathlib
import subprocess
import zipfile

import pytest

from govlib.errors import BadInput
from govlib.forms import encodings, old_fonts

PROSE = ("Trung tâm hành chính công tỉnh Bắc Ninh tiếp nhận hồ sơ của người dân và doanh nghiệp; quyết định, giấy phép, "
         "nghĩa vụ thuế, khuyến nghị, ngoằn ngoèo, Đông Thọ, Ủy ban, được, ở, ý kiến, sửa đổi, cũ kỹ")


# ---- TCVN3 ------------------------------------------------------------------------------------------------------------

def test_tcvn3_table_is_the_standard():
    # independent witness: the C library's TCVN5712-1, whose small letters and plain capitals are those of VN3
    codes = bytes(ord(c) for c in old_fonts.TCVN3)
    try:
        got = subprocess.run(["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=codes, capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no iconv with TCVN5712-1")
    import unicodedata
    assert unicodedata.normalize("NFC", got.stdout.decode()) == "".join(old_fonts.TCVN3.values())
    assert len(old_fonts.TCVN3) == 74 and len(set(old_fonts.TCVN3.values())) == 74


def test_tcvn3_known_words():
    assert old_fonts.from_tcvn3("Céng hoµ x· héi chñ nghÜa ViÖt Nam") == "Cộng hoà xã hội chủ nghĩa Việt Nam"
    assert old_fonts.to_tcvn3("Bắc Ninh") == b"B\xbec Ninh"


def test_prose_survives_the_way_there_and_back():
    there = old_fonts.to_tcvn3(PROSE).decode("latin-1")
    assert old_fonts.ways(there) == ("tcvn3",)
    assert old_fonts.from_tcvn3(there) == PROSE.replace("Ủ", "ủ")  # no capitals with tones in the set
    assert old_fonts.ways(PROSE) == ("unicode",)


@pytest.mark.parametrize("text", ["×", "Sở Nội vụ,×,3", "SUM(10 × fixed weight × PCI Tóm tắt!C11)", "Đạt (×)", "3×4, Hải Phòng", "× ×"])
def test_a_cross_of_its_own_is_no_letter(text):
    """In an ABC font × is drawn as ì: only beside a letter it can be one."""
    assert old_fonts.ways(text) == ("unicode",) and encodings.settle([text], "f.csv") == ([text], [], [])
    assert old_fonts.from_tcvn3("B×nh, v× ®×nh, 2 × 3") == "Bình, vì đình, 2 × 3" and old_fonts.ways("B×nh") == ("tcvn3",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "tcvn3"])
def test_every_encoding_gives_the_same_text(tmp_path, encoding):
    import unicodedata
    path = tmp_path / "f.csv"
    if encoding == "tcvn3":
        data = old_fonts.to_tcvn3(PROSE)
    elif encoding == "cp1258":  # tones are bytes of their own: base letter, then tone
        data = b"".join(_cp1258(c) for c in PROSE)
    if encoding.startswith("utf"):
        path.write_bytes(("a,b\r\n" + PROSE + "\r\n").encode(encoding))
    else:
        path.write_bytes(b"a,b\r\n" + data + b"\r\n")
    got = encodings.decode(path)
    assert not got.problems
    text = got.text.splitlines()[1]
    assert unicodedata.normalize("NFC", text) == (PROSE.replace("Ủ", "ủ") if encoding == "tcvn3" else PROSE)


def _cp1258(char: str) -> bytes:
    import unicodedata
    try:
        return char.encode("cp1258")
    except UnicodeEncodeError:
        tones = [c for c in unicodedata.normalize("NFD", char) if c in "\u0300\u0301\u0303\u0309\u0323"]
        bare = unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", char) if c not in tones))
        return (bare + "".join(tones)).encode("cp1258")


def test_lines_of_several_encodings_are_all_kept(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("tên\r\nSở Xây dựng\r\n".encode() + old_fonts.to_tcvn3("Sở Tài chính") + b"\r\n" + b"".join(map(_cp1258, "Sở Nội vụ")) + b"\r\n")
    got = encodings.decode(path)
    assert got.text.split() == "tên Sở Xây dựng Sở Tài chính Sở Nội vụ".split()
    assert not got.problems and "TCVN3" in got.notes[0] and "Windows-1258" in got.notes[0]


def test_ambiguous_word_in_a_mixed_file_is_named_not_guessed(tmp_path):
    # "cò" is a word in Unicode and reads "cũ" in an ABC font; the file has both kinds
    path = tmp_path / "doubt.csv"
    path.write_text("id,unit\n1,Sở Xây dựng\n2,Së Tµi chÝnh\n3,cò\n", encoding="utf-8")
    got = encodings.decode(path)
    (problem,) = got.problems
    assert (problem.file, problem.row) == ("doubt.csv", 4) and "cũ" in problem.problem and "cò" in str(problem.value)
    path.write_text("id,unit\n1,Sở Xây dựng\n3,cò\n", encoding="utf-8")
    assert encodings.decode(path).text.endswith("cò\n")
    path.write_text("id,unit\n2,Së Tµi chÝnh\n3,cò\n", encoding="utf-8")
    assert encodings.decode(path).text.endswith("cũ\n")


def test_unicode_and_tcvn3_in_one_cell_is_a_problem(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("unit\nSở Tài chính tỉnh B¾c Ninh\n", encoding="utf-8")
    (problem,) = encodings.decode(path).problems
    assert problem.row == 2 and "TCVN3" in problem.problem


def test_a_column_pasted_from_an_abc_font_is_converted_cell_by_cell(tmp_path):
    path = tmp_path / "pasted.csv"
    path.write_text('id,unit,note\n1,Së Tµi chÝnh,"được, rất tốt"\n2,Së Y tÕ,được\n', encoding="utf-8")
    got = encodings.decode(path)
    assert not got.problems and "2 of 3" in got.notes[0]
    assert got.text.splitlines()[1:] == ['1,Sở Tài chính,"được, rất tốt"', "2,Sở Y tế,được"]


def test_bytes_in_no_known_encoding_are_named(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_bytes("id,unit\n1,Сок\n".encode("koi8-r"))
    got = encodings.decode(path)
    assert [p.row for p in got.problems] == [2]


def vni(text: str) -> bytes:
    """Text as typed for a VNI font, written down here from the font's own table, letter by letter."""
    import unicodedata
    marks = {"\u0300": "ø", "\u0301": "ù", "\u0303": "õ", "\u0309": "û", "\u0323": "ï", "\u0302": "â", "\u0306": "ê"}
    both = {"\u0302\u0300": "à", "\u0302\u0301": "á", "\u0302\u0303": "ã", "\u0302\u0309": "å", "\u0302\u0323": "ä",
            "\u0306\u0300": "è", "\u0306\u0301": "é", "\u0306\u0303": "ü", "\u0306\u0309": "ú", "\u0306\u0323": "ë"}
    alone = {"đ": "ñ", "Đ": "Ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "Ỉ": "Æ"}
    out = []
    for char in unicodedata.normalize("NFC", text):
        if char in alone or ord(char) < 128:
            out.append(alone.get(char, char))
            continue
        base, *rest = unicodedata.normalize("NFD", char)
        horn = "\u031b" in rest
        base = {"o": "ô", "u": "ö", "O": "Ô", "U": "Ö"}[base] if horn else base
        signs = "".join(sorted((m for m in rest if m != "\u031b"), key="\u0302\u0306\u0300\u0301\u0303\u0309\u0323".index))
        sign = both.get(signs, marks.get(signs, ""))
        out.append(base + (sign.upper() if base.isupper() else sign))
    return "".join(out).encode("latin-1")


def test_vni_prose_survives_the_way_there_and_back(tmp_path):
    assert old_fonts.from_vni(vni(PROSE).decode("latin-1")) == PROSE
    assert old_fonts.ways(vni(PROSE).decode("latin-1")) == ("vni",)
    path = tmp_path / "vni.csv"
    path.write_bytes(b"a,b\r\n" + vni(PROSE) + b"\r\n")
    assert encodings.decode(path).text.splitlines()[1] == PROSE
    path.write_text("a,b\n" + vni("Sở Tài chính").decode("latin-1") + "\nSở Nội vụ\n", encoding="utf-8")  # inside Unicode, pasted
    got = encodings.decode(path)
    assert got.text.split("\n")[1:3] == ["Sở Tài chính", "Sở Nội vụ"] and "VNI" in got.notes[0]


def test_vni_names_of_all_provinces(tmp_path):
    from govlib.known import provinces
    names = [provinces.name(slug) for slug in provinces.province_set(2024)]
    path = tmp_path / "names.csv"
    path.write_bytes(b"\r\n".join(map(vni, names)))
    assert encodings.decode(path).text.split("\r\n") == names


def test_three_fonts_in_one_file(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes("Sở Xây dựng\n".encode() + old_fonts.to_tcvn3("Sở Tài chính") + b"\n" + vni("Sở Nội vụ") + b"\n")
    got = encodings.decode(path)
    assert got.text.split("\n")[:3] == ["Sở Xây dựng", "Sở Tài chính", "Sở Nội vụ"] and not got.problems


@pytest.mark.parametrize("text", ["½", "¼", "¾", "bac-ninh,Bắc Ninh,½,3", "70,½", "7½", "½ điểm"])
def test_a_fraction_is_no_letter_of_an_old_font(text):
    assert encodings.settle([text], "x.csv") == ([text], [], [])
    assert old_fonts.from_tcvn3("B¾c, ch½n, th¼ng ½") == "Bắc, chẵn, thẳng ½"


@pytest.mark.parametrize("figure", ["90¹", "90 ¹", "¹90", "90½", "90.5³", "90¸", "¹", "(¹)", "¹ Số liệu sơ bộ", "¹Ước tính", "so lieu uoc ¹"])
def test_a_footnote_at_a_figure_is_no_old_font(figure):
    """¹ is TCVN3's ạ: one such cell must not put every Unicode name of the file in doubt, nor be shown as another."""
    texts, notes, problems = encodings.settle([figure, "Thanh Hóa", "Bắc Ninh"], "form.xlsx")
    assert (texts, notes, problems) == ([figure, "Thanh Hóa", "Bắc Ninh"], [], [])


@pytest.mark.parametrize(("typed", "read"), [("§¹ Huoai", "Đạ Huoai"), ("x· ®¹ Long", "xã đạ Long"), ("§¹i häc", "Đại học"),
                                             ("B¾c Ninh;90 ¹", "Bắc Ninh;90 ¹"), ("Em c¶m ¬n ¹", "Em cảm ơn ¹")])
def test_an_old_font_beside_a_footnote(typed, read):
    """§ is TCVN3's Đ, so §¹ is Đạ; and a footnote's mark is no word that speaks against an old font."""
    assert encodings.settle([typed], "x.csv")[::2] == ([read], [])


@pytest.mark.parametrize(("begins", "problem", "fix"), [
    (b"", "the file is empty", "delete it, or put the figures in"), (b"\xef\xbb\xbf \r\n\t", "the file is empty", "delete it, or put the figures in"),
    (b"<!DOCTYPE html>", "a web page, not a table", "make template"), (b"\xef\xbb\xbf<html>", "a web page, not a table", "make template"),
    (b"\n<?xml version", "a web page, not a table", "make template"), (b"<TABLE>", "a web page, not a table", "make template"),
    (b"PK\x03\x04", "the workbook is truncated or damaged: its list of parts is missing", "fetch or save it again"),
    (b"\xd0\xcf\x11\xe0\xa1", "the workbook is truncated: shorter than its own header says", "fetch or save it again")])
def test_what_the_first_bytes_say_is_no_table(begins, problem, fix):
    (said,) = encodings.not_a_table(pathlib.Path("a/form.csv"), begins)
    assert (said.problem, said.file) == (problem, "form.csv") and fix in said.fix
    with pytest.raises(BadInput, match=problem):
        encodings.decode("form.csv", begins)


@pytest.mark.parametrize(("part", "problem", "fix"), [
    ("xl/workbook.xml", "an Excel workbook under the name of a CSV", "rename it to .xlsx, or save as CSV"),
    ("word/document.xml", "not an Excel workbook but a Word document", "save the table as .xlsx"),
    ("Index/Document.iwa", "not an Excel workbook but a Numbers document", "open it and save it as .xlsx"),
    ("mimetype", "not an Excel workbook but an OpenDocument file", "open it and save it as .xlsx"),
    ("a.txt", "not an Excel workbook but another kind of zip archive", "open it and save it as .xlsx")])
def test_what_an_archive_is_its_parts_say(part, problem, fix):
    """A Word document was to be renamed to .xlsx."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(part, "x")
        archive.writestr("xl/_rels/workbook.xml.rels", "x")
    (said,) = encodings.not_a_table(pathlib.Path("phieu.docx"), data.getvalue())
    assert (said.problem, said.file, said.fix) == (problem, "phieu.docx", fix)


def test_a_table_s_first_bytes_are_no_problem():
    assert encodings.not_a_table(pathlib.Path("form.csv"), b"id,pk\x03\x04,<html>") == []


def test_the_encoding_is_named_and_the_readers_see_what_was_converted():
    """Each as it is told on the form's report; without Vietnamese letters, or with nothing to convert, nothing is."""
    name, abc, windows = "Sở Tài chính", old_fonts.to_tcvn3("Sở Tài chính"), b"".join(map(_cp1258, "Sở Nội vụ"))
    for data, encoding, notes in (
            (b"id,unit\n", "utf-8", []), (name.encode(), "utf-8", []), (name.encode("utf-8-sig"), "utf-8-sig", []), (name.encode("utf-16"), "utf-16", []),
            ("id,unit\n".encode("utf-16-be"), "utf-16", []), (("a" * 300 + "\0").encode(), "utf-8", []),
            (b"id\n" + abc + b"\n", "tcvn3", ["f.csv: read as TCVN3 (ABC)"]), (vni(name), "vni", ["f.csv: read as VNI"]),
            (windows, "windows-1258", ["f.csv: read as Windows-1258"]),
            (abc + b"\n" + abc + b"\n" + windows + "\nSở Y tế\r\nb".encode(), "tcvn3+utf-8+windows-1258",
             ["f.csv: lines in TCVN3 (ABC) (2), Windows-1258 (1), UTF-8 (1)"])):
        got = encodings.decode("a/f.csv", data)
        assert (got.encoding, got.notes, got.problems) == (encoding, notes, []), data


def test_a_line_of_several_readings_takes_the_one_that_the_others_prove_or_is_named():
    """The byte 0xE8 between b and n: bèn, or bốn in an ABC font; its number counts the lines as a reader of CSV does."""
    assert encodings.decode("f.csv", b"id\r" + old_fonts.to_tcvn3("Sở Tài chính") + b"\r\nb\xe8n").text == "id\rSở Tài chính\r\nbốn"
    assert encodings.decode("f.csv", "Sở Y tế\n".encode() + old_fonts.to_tcvn3("Sở Tài chính") + b"\nb\xe8n").text.endswith("bốn")
    both = old_fonts.to_tcvn3("Sở Tài chính") + b"\n" + b"".join(map(_cp1258, "Sở Nội vụ")) + b"\nb\xe8n"
    assert [p.row for p in encodings.decode("f.csv", both).problems] == [3]
    got = encodings.decode("f.csv", b"id\r\n\r\n b\xe8n \n")
    (problem,) = got.problems
    assert (problem.file, problem.row, problem.value, got.encoding, got.notes) == ("f.csv", 3, "bèn", "unknown", [])
    assert str(problem.problem) == ("letters that could be 'bèn' (Windows-1258) / 'bốn' (TCVN3 (ABC)) / 'bèn' (VNI), "
                                    "and the other lines do not settle it")
    assert problem.fix == "save the file as CSV UTF-8, or use the .xlsx form"
    (odd,) = encodings.decode("f.csv", "id\nСок\n".encode("koi8-r")).problems
    assert "in no encoding that can be read safely" in str(odd.problem)


def test_broken_utf_16_names_the_byte():
    with pytest.raises(BadInput, match=r"begins as UTF-16 and is not \(byte 4\)") as said:
        encodings.decode("f.csv", b"\xff\xfea\x00b")
    assert "CSV UTF-8" in str(said.value)


def test_cells_are_named_by_their_own_rows_and_columns():
    texts, notes, problems = encodings.settle(["Sở Xây dựng", " Së Tµi chÝnh", "cò ", "Sở B¾c"], "a/f.xlsx", iter([3, 5, 5, 8]), ["a", "b", "c", "d"])
    assert texts == ["Sở Xây dựng", " Sở Tài chính", "cò ", "Sở B¾c"]
    assert notes == ["f.xlsx: 1 of 4 lines or cells were TCVN3 (ABC) and are converted, first in row 5: 'Së Tµi chÝnh' → 'Sở Tài chính'"]
    assert [(p.file, p.row, p.column, p.value, p.fix) for p in problems] == [("f.xlsx", row, column, value, "type it again in Unicode")
                                                                         for row, column, value in ((5, "c", "cò"), (8, "d", "Sở B¾c"))]
    assert str(problems[0].problem) == "could be 'cò' (Unicode) / 'cũ' (TCVN3 (ABC)), and the file has both"


# ---- damage of programs that took one encoding for another ---------------------------------------------------------------

def _twice(text: str, encoding: str = "cp1252") -> str:
    """UTF-8 taken for Western letters; bytes that Windows-1252 has no letter for stay control characters."""
    return "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in text.encode())


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf_8_saved_twice_is_read_as_it_was_typed(encoding):
    """Sở Nội vụ that was opened as Windows-1252 and saved as UTF-8: units' names came out as Sá»Ÿ Ná»™i vá»¥ without a word."""
    spoilt = _twice(PROSE, encoding)
    assert old_fonts.ways(spoilt) == ("twice",) and old_fonts.from_twice(spoilt) == PROSE
    got = encodings.decode("f.csv", f"id,unit\r\n1,{_twice('Sở Tài chính', encoding)}\r\n2,Sở Y tế\r\n".encode())
    assert got.text == "id,unit\r\n1,Sở Tài chính\r\n2,Sở Y tế\r\n" and not got.problems
    assert "UTF-8 read as Windows-1252" in got.notes[0] and "row 2" in got.notes[0]


@pytest.mark.parametrize("text", ["“ĐƯỜNG NGÔ”", "“NGÔ", "“NGÃ”", "«NGÂ»", "Ã…", "Müller", "Sở (ABC) ½", "5 °C", "Fußball – Café"])
def test_what_only_looks_like_it_is_left_alone(text):
    assert old_fonts.ways(text) != ("twice",)


def test_what_was_lost_on_the_way_is_named():
    """à is Ã and a no-break space: a cell whose spaces were cleaned has lost it."""
    texts, notes, problems = encodings.settle(["TÃ i chÃnh Báº¯c"], "f.xlsx", [4], ["B"])
    [problem] = problems
    assert (problem.row, problem.column, notes) == (4, "B", []) and "beyond repair" in problem.problem


def test_utf_32_and_the_end_of_a_file_of_dos():
    for encoding in ("utf-32", "utf-32-be"):
        data = ("\ufeff" if encoding.endswith("be") else "") + "id,unit\n1,Sở Y tế\n"
        with pytest.raises(BadInput, match="UTF-32"):
            encodings.decode("f.csv", data.encode(encoding))
    assert encodings.decode("f.csv", b"id\n1\n\x1a").text == "id\n1\n"


def test_a_word_of_an_old_font_beside_a_foreign_one_in_a_cell_of_its_own():
    """Found by benchmarks/fuzz.py: no cell of the line is of an old font for itself, one of its words is; it ended in a traceback."""
    line = "Sở Y tế, B¾c Müller"
    texts, notes, [problem] = encodings.settle([line], "a/form.csv")
    assert (texts, notes) == ([line], [])
    assert (problem.row, problem.value, problem.problem) == (1, line, "letters of Unicode and of an old font (TCVN3, VNI) in one place")
    decoded = encodings.decode(pathlib.Path("fuzz.csv"), b"\xbb\x00\x0b\x00~\xf7\x00\r~\x00\r0\x00\x00\x10\x00,\x00\xeb" + b"\x98" * 7 + b"\r\r\x00\r")
    assert len(decoded.problems) == 1
