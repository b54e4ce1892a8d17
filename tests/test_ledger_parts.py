"""The ledger on projects of a few lines: what code imports and reads, which files that is, what is remembered of them. The project
itself: test_ledger.py."""

from __future__ import annotations

import ast
import gc
import json
import os
import time
from pathlib import Path

import pytest

from govlib import ledger, paths
from govlib.ledger import Ledger, sha256

OLD = time.time() - 3600


def put(folder: Path, files: dict[str, str]) -> Path:
    """Files that have lain there for an hour."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (OLD, OLD))
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project whose package and tables lie elsewhere, as those of an installed one do."""
    here = {"root": tmp_path / "root", "package": tmp_path / "lib/govlib", "processed": tmp_path / "tables"}
    for name, folder in here.items():
        folder.mkdir(parents=True)
        monkeypatch.setattr(paths, name, lambda folder=folder: folder)
    monkeypatch.setattr(paths, "reference", lambda: here["package"] / "known/reference")
    return here


# ---- what code imports ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "names"), [
    ("import govlib", "govlib"), ("import govlib.a.b", "govlib.a.b"), ("import pandas, govlib.a", "govlib.a"), ("import govlibrary.x", ""),
    ("import govlib.a as x\nx.b.c", "govlib.a govlib.a.b"), ("import govlib as g\ng.scores", "govlib govlib.scores"), ("import govlib\ngovlib.scores()", "govlib govlib.scores"),
    ("from govlib import a, b as c\nc.d", "govlib govlib.a govlib.b govlib.b.d"), ("from govlib.a import b\nb.c", "govlib.a govlib.a.b govlib.a.b.c"),
    ("from . import x", "govlib.room govlib.room.x"), ("from .x import y", "govlib.room.x govlib.room.x.y"), ("from .. import x\nx.y", "govlib govlib.x govlib.x.y"),
    ("from ..other import y", "govlib.other govlib.other.y"), ("x = 'govlib.a.b'", "govlib.a.b"), ("x = 'govlib'", ""), ("x = 'see govlib.a'", ""), ("x = 'govlib.a: it'", ""),
    ("f'govlib.a.{name}'", "govlib.a.*"), ("f'govlib.{name}'", "govlib.*"), ("f'{x}govlib.a.{name}'", ""), ("f'other.{name}'", ""), ("import pkgutil\npkgutil.walk()", "govlib.room.*"),
    ("def f():\n    from govlib import late", "govlib govlib.late"), ("if TYPE_CHECKING:\n    import govlib.a\nelse:\n    import govlib.b", "govlib.b"),
    ("x: bool = False\nif x:\n    import govlib.a", ""), ("x: bool = True\nif x:\n    import govlib.a", "govlib.a"), ("x = False\nif x:\n    import govlib.a", "govlib.a"),
    ("x: bool = False\nif not x:\n    import govlib.a", "govlib.a"), ("x: bool = False\nif y:\n    import govlib.a", "govlib.a"), ("other.a", "")])
def test_what_code_imports(code, names):
    assert ledger.imported(ast.parse(code), "govlib.room") == names.split()


def test_what_is_made_at_run_time_outside_of_a_package_is_not_ours():
    assert ledger.imported(ast.parse("import pkgutil\nf'govlib.{x}'"), "") == []


def test_a_front_door_is_a_literal_or_a_dict_of_one():
    code = "FRONT_DOOR = {n: f'govlib.{n}' for n in 'ab'}\nQUESTIONS = dict.fromkeys(('c',), 'govlib.x')\nOTHER = {'d': 'e'}\nFRONT_DOOR.update(x='y')"
    assert ledger.door(ast.parse(code)) == {"a": "govlib.a", "b": "govlib.b", "c": "govlib.x"} and ledger.door(ast.parse("x = y = {}")) == {}


# ---- which files it reads --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("code", "found"), [
    ("open(paths.root() / 'a')", "a"), ("open(paths.processed() / f'{x}.parquet')", "data/processed/*.parquet"), ("open(paths.other() / 'a')", ""), ("open(other.raw() / 'a')", ""),
    ("open(paths.raw().parent / 'a')", "data/a"), ("paths.raw().resolve() / 'a'", "data/raw/a"), ("(paths.raw() / 'a.csv').with_name('b.csv')", "data/raw/b.csv"),
    ("(paths.raw() / 'a.csv').with_suffix('.yaml')", "data/raw/a.yaml"), ("(paths.raw() / 'a').rglob('*.csv')", "data/raw/a/**/*.csv"), ("(paths.raw() / 'a').read_text()", "data/raw/a"),
    ("x = paths.raw() / 'a'", ""), ("x = paths.raw() / 'a'\nopen(x)\nopen(x / 'b')", "data/raw/a data/raw/a/b"), ("x, y = 'n.csv', paths.raw()\nopen(y / x)", "data/raw/n.csv"),
    ("x = 'n.csv'\nopen(paths.raw() / x)", "data/raw/n.csv"), ("x = f(paths.raw() / 'a')", "data/raw/a"), ("x = y = paths.raw() / 'a'\nopen(x / 'b')\nopen(y / 'c')", "data/raw/a/b data/raw/a/c"),
    ("open(paths.raw() / index / f'{year}.csv')", "data/raw/{index}/{year}.csv"), ("open(paths.raw() / self.index_id / str(n))", "data/raw/{index}/*"),
    ("open(given if given else paths.raw() / 'a')", "data/raw/a"), ("open(given or paths.raw() / 'a')", "data/raw/a"), ("open((paths.raw() / 'a') and x)", "data/raw/a"),
    ("def f():\n    return paths.raw() / 'a'", "data/raw/a"), ("def f():\n    'where'\n    return paths.raw() / 'a'\nopen(f() / 'b')", "data/raw/a/b"),
    ("def f(x):\n    return paths.raw() / 'a'\nf(1)", "data/raw/a"), ("def f():\n    x = 1\n    y = 2\n    return paths.raw() / 'a'\nf()", "data/raw/a"),
    ("def f():\n    x = paths.raw() / 'a'\n    return open(x)\ndef g():\n    open(x / 'b')", "data/raw/a"), ("def f():\n    return paths.raw() / 'a'\nf().glob('*')", "data/raw/a/*"),
    ("open(Path(__file__).parent.parent / 'a')", "govlib/a"), ("Path(__file__)", ""), ("Path(other)", ""), ("Path(__file__).parent", ""), ("Path(__file__).with_name('a')", "govlib/room/a"),
    ("READS = ('a', 'b')\nWRITES = ('b',)", "a"), ("WRITES = ('data/raw/a',)\nopen(paths.raw() / 'a' / 'b')\nopen(paths.raw() / 'ab')", "data/raw/ab"),
    ("open(x / 'a')", ""), ("open(paths.raw() * 2)", ""), ("x = 1", "")])
def test_which_paths_a_module_spells(code, found):
    assert ledger.read(ast.parse(code), Path("govlib/room/module.py")) == found.split()


def test_the_module_of_paths_reads_nothing():
    code = ast.parse("open(paths.raw() / 'a')")
    assert ledger.read(code, Path("govlib/paths.py")) == [] and ledger.read(code, Path("govlib/a/paths.py")) == ["data/raw/a"]


def test_files_behind_patterns(project):
    put(project["root"], {"data/raw/pci/2019.csv": "", "data/raw/pci/3019.csv": "", "data/raw/pci/notes.md": "",
                                                          "data/raw/pci/.hidden.csv": "", "data/raw/pci/old/x.pyc": "", "data/raw/pci/old/y.csv": "", "data/raw/other/2019.csv": "",
                          "data/raw/pci/~$2019.xlsx": ""})  # there as long as Excel holds the file, and Windows lets nobody read it
    put(project["package"], {"known/reference/indices/pci.yaml": "", "known/reference/a.csv": "", "known/reference/a.md": ""})
    put(project["processed"], {"scores.parquet": "", "scores.csv": "", "estimates/a.parquet": ""})

    def behind(*patterns):
        return [p.relative_to(project["root"].parent).as_posix() for p in ledger.matching(patterns)]

    assert behind("data/raw/{index}/{year}.csv") == ["root/data/raw/pci/2019.csv"]
    assert behind("data/raw/pci") == ["root/data/raw/pci/2019.csv", "root/data/raw/pci/3019.csv", "root/data/raw/pci/old/y.csv"]
    assert behind("data/raw/pci/2*") == ["root/data/raw/pci/2019.csv"], "a folder that is only met by a pattern is none"
    assert behind("data/processed/*", "data/processed/estimates") == ["tables/estimates/a.parquet", "tables/scores.parquet"]
    assert behind("govlib/known/reference/*.*", "nothing/*") == ["lib/govlib/known/reference/a.csv"] and behind() == []
    (project["package"] / "known/reference/indices/pci.yaml").unlink()
    assert behind("data/raw/{index}/{year}.csv") == ["root/data/raw/other/2019.csv", "root/data/raw/pci/2019.csv"], "whatever index there is"


# ---- what is remembered ------------------------------------------------------------------------------------------------------------
def test_a_digest_is_remembered_by_time_size_and_inode(project, tmp_path, monkeypatch):
    path, store = put(tmp_path, {"a.csv": "one"}) / "a.csv", tmp_path / "store.json"
    known = Ledger(store)
    assert known.of(path) == sha256(b"one")
    known.save()
    told = json.loads(store.read_text())[str(path)]
    assert told == {"mark": [path.stat().st_mtime_ns, 3, path.stat().st_ino], "sha": sha256(b"one")}
    monkeypatch.setattr(Path, "read_bytes", lambda self, plain=Path.read_bytes: plain(self) if self == store else pytest.fail("read again"))
    store_was = store.stat().st_mtime_ns
    again = Ledger(store)
    assert again.of(path) == sha256(b"one")
    again.save()
    assert store.stat().st_mtime_ns == store_was, "nothing new, nothing written"
    monkeypatch.undo()
    for change in (lambda: path.write_text("two"), lambda: (path.write_text("four"), os.utime(path, (OLD, OLD)))):
        change()
        assert again.of(path) == sha256(path.read_bytes())
    path.rename(tmp_path / "b.csv")
    path.write_text("five")
    os.utime(path, (OLD, OLD))
    assert again.of(path) == sha256(b"five"), "another file of that name, size and time"


def test_what_was_just_written_may_change_within_a_tick_and_is_not_remembered(project, tmp_path):
    path, store = tmp_path / "a.csv", tmp_path / "store.json"
    path.write_text("one")
    known = Ledger(store)
    assert known.of(path) == sha256(b"one")
    known.save()
    assert json.loads(store.read_text()) == {}
    path.write_text("two")
    assert known.of(path) == sha256(b"two")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 200_000, b'{"a": 1, "b": {"mark": 1}, "c": {"sha": "x"}}'])
def test_a_store_that_cannot_be_used_is_none(tmp_path, content):
    (tmp_path / "store.json").write_bytes(content)
    assert Ledger(tmp_path / "store.json")._known == Ledger(tmp_path / "gone.json")._known == Ledger()._known == {}


def test_a_store_that_cannot_be_written_stops_nothing(tmp_path):
    path, store = put(tmp_path, {"a.csv": "one"}) / "a.csv", put(tmp_path, {"file": ""}) / "file" / "store.json"
    for known in (Ledger(store), Ledger()):
        assert known.of(path) == sha256(b"one")
        known.save()


# ---- what hangs on what ---------------------------------------------------------------------------------------------------------------
def short(project, found):
    return [p.relative_to(project["root"].parent).as_posix() for p in found]


def test_code_and_data_behind_a_module(project):
    put(project["package"], {"__init__.py": "", "a/__init__.py": "", "a/one.py": "from govlib.a import two", "a/two.py": "open(paths.reference() / 'r.csv')\nopen(paths.raw() / 'd.csv')",
                                              "a/three.py": "", "ledger.py": "", "known/reference/r.csv": "", "broken.py": "def ("})
    put(project["root"], {"data/raw/d.csv": ""})
    known = Ledger()
    one = project["package"] / "a/one.py"
    modules, patterns = known.code(one)
    assert short(project, modules) == [f"lib/govlib/{n}.py" for n in ("__init__", "a/__init__", "a/one", "a/two")]
    assert patterns == {"govlib/known/reference/r.csv", "data/raw/d.csv"}
    own, data = known.hangs_on(one)
    assert short(project, own) == ["lib/govlib/__init__.py", "lib/govlib/a/__init__.py", "lib/govlib/a/one.py", "lib/govlib/a/two.py", "lib/govlib/known/reference/r.csv"]
    assert short(project, data) == ["root/data/raw/d.csv"]
    everything = {p for p in project["package"].rglob("*.py") if p.name != "ledger.py"}
    assert set(known.code(project["package"] / "broken.py")[0]) == everything, "what cannot be parsed may import anything"
    put(project["package"], {"a/one.py": "import govlib.ledger"})
    assert project["package"] / "ledger.py" not in Ledger().code(one)[0]


def test_a_door_lets_in_what_is_asked_for(project):
    put(project["package"], {"__init__.py": "FRONT_DOOR = {'draw': 'govlib.a.charts', 'maps': 'govlib.a'}", "a/__init__.py": "FRONT_DOOR = {'maps': 'govlib.a.maps'}",
                               "a/charts.py": "", "a/maps.py": "", "one.py": "from govlib import draw", "two.py": "import govlib\ngovlib.maps.x", "three.py": "import govlib.a"})
    for name, found in (("one", "__init__ a/__init__ a/charts one"), ("two", "__init__ a/__init__ two"), ("three", "__init__ a/__init__ three")):
        assert short(project, Ledger().code(project["package"] / f"{name}.py")[0]) == [f"lib/govlib/{n}.py" for n in found.split()], name


def test_a_notebook_s_cells_are_one_module_without_magics(project):
    put(project["package"], {"__init__.py": "", "a.py": "", "b.py": ""})
    cells = [("code", "%matplotlib inline\nif True:\n    !ls\n"), ("markdown", "import govlib.b"), ("code", "import govlib.a\nopen(paths.raw() / 'd.csv')")]
    notebook = project["root"] / "n.ipynb"

    def written(cells):
        notebook.write_text(json.dumps({"cells": [{"cell_type": kind, "source": text.splitlines(keepends=True)} for kind, text in cells]}))
        return Ledger().code(notebook)

    modules, patterns = written(cells)
    assert short(project, modules) == ["lib/govlib/__init__.py", "lib/govlib/a.py"] and patterns == {"data/raw/d.csv"}
    assert ledger.notebook_code(json.loads(notebook.read_text())) == "pass\nif True:\n    pass\n\nimport govlib.a\nopen(paths.raw() / 'd.csv')"
    assert len(written([("code", "def (")])[0]) == 3, "what cannot be parsed may import anything"


def test_estimates_do_not_hang_on_sentences(project, monkeypatch):
    put(project["package"], {"__init__.py": "", "words.py": f"READS = ('{ledger.SENTENCES}', 'data/raw/x')", "one.py": "import govlib.words"})
    monkeypatch.setattr(ledger, "WORDLESS", ("govlib/one.py",))
    one, words = project["package"] / "one.py", project["package"] / "words.py"
    assert Ledger().code(one)[1] == {"data/raw/x"} and Ledger().code(words)[1] == Ledger().code(one, words)[1] == {ledger.SENTENCES, "data/raw/x"}


def test_one_digest_of_places_and_contents(project, tmp_path):
    put(project["package"], {"__init__.py": "", "one.py": ""})
    put(project["root"], {"requirements.lock": "x", "data/raw/d.csv": "x"})
    put(project["processed"], {"a.parquet": ""})
    put(tmp_path / "else", {"e.csv": ""})
    known = Ledger()
    places = [project["package"] / "one.py", project["root"] / "data/raw/d.csv", project["processed"] / "a.parquet", tmp_path / "else/e.csv"]
    assert list(map(ledger._shown, places)) == ["govlib/one.py", "data/raw/d.csv", "data/processed/a.parquet", (tmp_path / "else/e.csv").as_posix()]
    x, none = sha256(b"x"), sha256(b"")
    assert known.together(reversed(places[:2])) == sha256(f"data/raw/d.csv\0{x}\ngovlib/one.py\0{none}".encode()) and known.together([]) == none
    assert ledger.digest(places[0]) == sha256(f"govlib/__init__.py\0{none}\ngovlib/one.py\0{none}\nrequirements.lock\0{x}".encode())
    assert str(places[0]) in json.loads((project["processed"] / ".digests.json").read_text())
    (project["root"] / "requirements.lock").unlink()
    assert ledger.digest(places[0]) == known.together([project["package"] / "__init__.py", places[0]])


def test_where_a_stage_begins(project, monkeypatch):
    put(project["package"], {"__init__.py": "", "one.py": "READS = ('data/raw/{year}.csv', 'data/raw/b', 'data/processed/x.parquet', 'govlib/r.csv')", "r.csv": "", "two.py": ""})
    put(project["root"], {"n.ipynb": '{"cells": []}', "requirements.lock": ""})
    monkeypatch.setattr(ledger, "STAGES", {"panel": ("n.ipynb", "govlib/one.py"), "pages": ("govlib/two.py",)})
    assert ledger.roots("panel") == [project["root"] / "n.ipynb", project["package"] / "one.py"]


def test_code_is_parsed_while_garbage_parses_too():
    """A task of Dask that nobody asked for its error logs it when it is collected, and a logged traceback is parsed: in Python 3.11.7
    whoever was parsing then got a SystemError, as a run did that was resumed after its workers had been killed."""
    class Late:
        def __init__(self):
            self.itself = self

        def __del__(self):
            ast.parse("a = 1")

    code = "\n".join(f"x{n} = f({n}) + [g({n}), 'a']" for n in range(200))
    before = gc.get_threshold()
    try:
        for _ in range(20):
            Late()
            gc.set_threshold(5)
            assert len(ledger.parsed(code).body) == 200
    finally:
        gc.set_threshold(*before)
