"""The widgets of the notebooks in a real Chromium, opened with Voilà: choose, look, export."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

import govlib
from govlib.collect import institute_plan

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120_000  # ms; a shared machine may need most of it to start a kernel

# click, then wait until what the selector names has been counted up and painted
COUNTED = """([selector, action, label]) => new Promise((done, fail) => {
  const count = () => +(document.querySelector(selector)?.dataset.count ?? -1), before = count();
  setTimeout(() => fail(new Error('nothing changed after ' + label)), 60000);
  new MutationObserver((_, me) => { if (count() > before) { me.disconnect(); requestAnimationFrame(done); } })
    .observe(document.body, {childList: true, subtree: true, attributes: true});
  if (action === 'button') [...document.querySelectorAll('button')].find(b => b.textContent.trim() === label).click();
  else { const box = [...document.querySelectorAll('.widget-dropdown')].find(d => d.querySelector('label').textContent === action).querySelector('select');
         const wanted = [...box.options].find(o => o.textContent.replaceAll('\u00a0', ' ') === label);
         if (!wanted) return fail(new Error(label + ' is not among ' + [...box.options].map(o => o.textContent).join(', ')));
         box.value = wanted.value; box.dispatchEvent(new Event('change', {bubbles: true})); }
})"""


@pytest.fixture(scope="module")
def served(panel, tmp_path_factory):
    """Voilà on the folder of notebooks, with data and plan of its own, so that a button may write."""
    root = tmp_path_factory.mktemp("project")
    (root / "data" / "processed").mkdir(parents=True)
    (root / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    (root / "notebooks").symlink_to(ROOT / "notebooks")
    for name in ("scores.parquet", "why_missing.parquet"):
        shutil.copy(panel / name, root / "data" / "processed" / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"GOVLIB_ROOT": str(root), "GOVLIB_PROCESSED": str(root / "data" / "processed"), "OMP_NUM_THREADS": "1"}
    log = (root / "voila.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "voila", str(ROOT / "notebooks" / "explore"), f"--port={port}", "--no-browser"], env=env,
                              cwd=root, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
                break
            except (urllib.error.URLError, OSError):
                assert server.poll() is None, (root / "voila.log").read_text()
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}/voila/render/", root, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def opened(browser, address: str, ready: str):
    """A page on which ``ready`` is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400}, accept_downloads=True)
    page.goto(address, timeout=PATIENCE, wait_until="commit")
    page.wait_for_selector(ready, timeout=PATIENCE)
    page.wait_for_timeout(500)
    if folder := os.environ.get("GOVLIB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{Path(address).stem}.png")
    return page


def spent(server: psutil.Process) -> float:
    """Seconds of the processor that the server and its kernels have taken: the clock tells little where others work."""
    return sum(sum(one.cpu_times()[:2]) for one in [server, *server.children(recursive=True)])


def figure(page) -> tuple[str, str, str]:
    """Title, drawing and table as they stand."""
    return page.inner_text(".gov-view h3"), page.inner_html(".gov-view svg"), page.inner_text(".gov-table")


def test_explorer_follows_every_choice_and_exports_what_it_shows(served, browser):
    address, root, server = served
    page = opened(browser, f"{address}indices.ipynb", ".gov-view svg")
    steps = [("button", "Phân bố"), ("button", "Xu hướng"), ("Chỉ số", "PAPI"), ("Thành phần", "Kiểm soát tham nhũng trong khu vực công"),
             ("button", "Thay đổi thứ hạng"), ("button", "Xu hướng"), ("Chỉ số", "PCI"), ("Thành phần", "Chi phí thời gian"), ("button", "So sánh hai nơi"),
             ("Nơi thứ hai", "Quảng Ninh"), ("button", "Tương quan"), ("button", "Xu hướng")]
    began, before = spent(server), figure(page)
    for action, label in steps:
        page.evaluate(COUNTED, [".gov-view", action, label])
        deadline = time.monotonic() + 60  # title, drawing and table arrive as messages of their own
        now = figure(page)
        while any(a == b for a, b in zip(now, before, strict=True)) and time.monotonic() < deadline:
            page.wait_for_timeout(30)
            now = figure(page)
        assert now[0] != before[0] and now[1] != before[1] and now[2] != before[2], f"{label} changed nothing"
        before = now
    each = (spent(server) - began) / len(steps)
    assert each < 0.5, f"{each:.2f} s of the processor a change"

    line = page.inner_text(".gov-line")
    assert line.startswith('govlib.explore.trend("pci", "time_costs"')
    expected = eval(line, {"govlib": govlib})
    with page.expect_download() as got:
        page.get_by_text("Tải CSV").click()
    assert Path(got.value.path()).read_text(encoding="utf-8-sig") == expected.csv()
    assert got.value.suggested_filename == f"{expected.name}.csv"
    page.get_by_role("button", name="Lưu CSV và PNG").click()
    page.wait_for_selector(".gov-saved", timeout=PATIENCE)
    exported = root / "data" / "processed" / "exports" / f"{expected.name}.csv"
    assert exported.read_text(encoding="utf-8") == expected.csv()
    assert exported.with_suffix(".png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"

    page.evaluate(COUNTED, [".gov-view", "button", "English"])
    page.locator("h2", has_text="Explore the provincial").wait_for(timeout=PATIENCE)
    page.locator("label", has_text="Component").first.wait_for(timeout=PATIENCE)
    page.set_viewport_size({"width": 390, "height": 1600})
    page.wait_for_function("document.documentElement.scrollWidth <= 390", timeout=PATIENCE)
    assert page.locator(".gov-controls").first.bounding_box()["width"] <= 390
    if folder := os.environ.get("GOVLIB_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/indices_phone.png")
    page.close()


def test_planner_moves_numbers_and_writes_the_plan(served, browser):
    address, root, server = served
    page = opened(browser, f"{address}plan_targets.ipynb", ".gov-facts")
    before = page.inner_text(".gov-facts")
    page.locator(".widget-hslider", has_text="Tính minh bạch").locator(".noUi-handle").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("text => document.querySelector('.gov-facts').innerText !== text", arg=before, timeout=PATIENCE)
    page.locator(".gov-line", has_text="transparency").wait_for(timeout=PATIENCE)
    began = spent(server)
    page.evaluate(COUNTED, [".gov-facts", "button", "Tìm mức tăng ít nhất"])
    page.locator(".gov-facts", has_text="41 → 3").wait_for(timeout=PATIENCE)
    assert spent(server) - began < 2
    page.get_by_role("button", name="Ghi vào kế hoạch của Viện").click()
    page.wait_for_selector(".gov-saved", timeout=PATIENCE)
    rows = institute_plan.read(root / "data" / "institute_plan.csv")
    assert len(rows) >= 1 and set(rows["province"]) == {"bac-ninh"} and set(rows["status"]) == {"planned"}
    page.close()


def test_two_specifications_side_by_side(served, browser):
    address, _, _ = served
    page = opened(browser, f"{address}effects.ipynb", ".gov-effect svg")
    assert page.locator(".gov-effect").count() == 2
    page.evaluate(COUNTED, [".gov-effect", "Thành phần", "Tính minh bạch"])
    page.locator(".gov-command", has_text="--component transparency").first.wait_for(timeout=PATIENCE)
    page.wait_for_function("document.querySelectorAll('.gov-effect svg').length === 2", timeout=PATIENCE)
    assert page.locator(".gov-effect svg").count() == 2 and "Mức độ" in page.locator(".gov-effect").first.inner_text()
    page.close()
