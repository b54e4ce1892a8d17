"""The publishers' sites on loopback, in the form of their pages, made from the panel's own figures.

Cells that nobody printed, or that we do not hold, are made up here (the nearest edition held, moved by a fixed rule, so that
totals add up): a rehearsal, no figures.
"""

from __future__ import annotations

import csv
import http.server
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

from govlib.known import indices, provinces, weighting

ROOT = Path(__file__).resolve().parents[2]
LABELS = {"entry_costs": "Entry Costs", "land_access": "Access to land", "transparency": "Transparency", "time_costs": "Time Costs",
          "informal_charges": "Informal Charges", "policy_bias": "Policy Bias", "proactivity": "Proactivity",
          "business_support": "Business Support Policy", "labor_policy": "Labor Policy", "law_and_order": "Law &amp; Order"}
NAMES = {"ho-chi-minh": "HCMC", "ba-ria-vung-tau": "BRVT", "thua-thien-hue": "TT-Hue"}
PROFILES = "pcivietnam.vn/en/provinces"


class Sites:
    """Serves ``pages`` (path under the host's name → bytes, a status, or a function of the handler) and keeps what was asked."""

    def __init__(self):
        self.pages: dict[str, bytes | int | Callable] = {}
        self.asked: list[tuple[float, str, str, dict]] = []
        self.pause = 0.0  # seconds before an answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self, body: bytes = b""):
                outer.answer(self, body)

            def do_POST(self):
                self.do_GET(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def answer(self, h, body: bytes):
        path = h.path.lstrip("/")
        self.asked.append((time.monotonic(), h.command, path, dict(h.headers)))
        time.sleep(self.pause)
        what = self.pages.get(path, 404)
        if callable(what):
            what = what(h, body)
        if isinstance(what, int):
            h.send_error(what)
        elif what is not None:
            h.send_response(200)
            h.send_header("Content-Length", str(len(what)))
            h.end_headers()
            h.wfile.write(what)

    def paths(self, method: str = "GET") -> list[str]:
        return [path for _, m, path, _ in self.asked if m == method]


def held(index_id: str, years: range) -> dict[tuple[int, str, str], dict[str, str]]:
    """(edition, province, component) → the first shipped row with a score or a rank."""
    found: dict[tuple[int, str, str], dict[str, str]] = {}
    for year in years:
        with (ROOT / "data" / "raw" / index_id / f"{year}.csv").open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                key = (year, row["province"], row["component"])
                if row["level"] != "indicator" and (row["score"] or row["rank"]) and not (key in found and found[key]["score"]):
                    found[key] = row
    return found


def pci() -> dict[tuple[str, int], dict[str, float | None]]:
    """(province, edition) → the ten components, total and rank of 2006 to 2024, gaps made up so that totals add up."""
    real, made = held("pci", range(2006, 2025)), {}

    def score(year: int, slug: str, component: str) -> float | None:
        row = real.get((year, slug, component))
        return round(float(row["score"]), 2) if row and row["score"] else None

    for slug in provinces.province_set(2024):
        for year in range(2006, 2025):
            ids, near = indices.component_ids("pci", year), 2023 if year > 2021 else 2019
            parts = {c: score(year, slug, c) for c in ids}
            total = None if (slug, year) == ("quang-tri", 2023) else score(year, slug, "overall")
            if gaps := [c for c in ids if parts[c] is None]:
                for c in gaps:
                    parts[c] = round(min(9.5, max(2.0, (score(near, slug, c) or 6.0) + 0.07 * (year - near))), 2)
                if total is not None and (rule := weighting.of("pci", year)):
                    lacks = total - sum(rule[c] * parts[c] / 10 for c in ids)
                    share = lacks * 10 / sum(rule[c] for c in gaps)
                    parts |= {c: round(parts[c] + share, 2) for c in gaps}
                elif total is None and year < 2023:
                    total = round(weighting.composite("pci", year, parts) or 0.0, 2)
            rank = real.get((year, slug, "overall"), {}).get("rank", "")
            made[slug, year] = {**parts, "overall": total, "rank": float(rank) if rank else None}
    return made


def profile(slug: str, made: dict, years: list[int], lang: str = "en") -> bytes:
    """A province's page as the site writes it: three tables, the first on 1–10, the second headed 1–100."""
    def text(value: float | None, digits: int) -> str:
        return "N/A" if value is None else f"{value:.{digits}f}"

    def line(label: str, item: str, digits: int) -> str:
        return f"<tr><td>{label}</td>" + "".join(f"<td>{text(made[slug, y].get(item), digits)}</td>" for y in years) + "</tr>"

    head = "Year" if lang == "en" else "Năm"
    first = "".join([f"<tr><th>{head}</th>" + "".join(f"<th>{y}</th>" for y in years) + "</tr>",
                     *(line(LABELS[c], c, 2) for c in LABELS), line("PCI Scores", "overall", 2), line("Ranking", "rank", 0)])
    second = "<tr><th>Year</th><th>2023</th><th>2024</th></tr>" + "".join(
        f"<tr><td>{LABELS[c]}</td><td>55.1</td><td>61.3</td></tr>" for c in LABELS)
    name = NAMES.get(slug, provinces.name(slug, "en"))
    return (f"<!DOCTYPE html><html><body><h1>PCI of provinces</h1><h2>{name}</h2>"
            f"<h3>Rankings In The Provincial Competitiveness Index (1-63) {provinces.name(slug, 'en')}</h3><table>{first}</table>"
            f"<p>Lưu ý: N/A là tỉnh, thành phố không được xếp hạng.</p><h3>PCI Sub-Index Scores (1-100) - {name}</h3>"
            f"<table>{second}</table><h3>Comparing Scores</h3><table><tr><th>Year</th><th>2021</th><th>2020</th></tr>"
            f"<tr><td>{name}</td><td>70.1</td><td>66.0</td></tr></table></body></html>").encode()


def serve_profiles(sites: Sites, made: dict, *, lacking: tuple[str, ...] = (), years: list[int] | None = None) -> None:
    years, slugs = years or list(range(2024, 2005, -1)), provinces.province_set(2024)
    forms = ("https://pcivietnam.vn/en/provinces/{}", "/en/provinces/{}", "https://www.pcivietnam.vn/en/provinces/{}")
    listed = "".join(f'<li><a href="{forms[i % 3].format(slug)}">{NAMES.get(slug, provinces.name(slug, "en"))}</a></li>'
                     for i, slug in enumerate(slugs))
    sites.pages[PROFILES] = f"<html><body><a href='/en/pci-data'>Data</a><ul>{listed}</ul></body></html>".encode()
    for i, slug in enumerate(slugs):
        host = "www." if i % 3 == 2 else ""
        sites.pages[f"{host}{PROFILES}/{slug}"] = 404 if slug in lacking else profile(slug, made, years)


def serve_dataset(sites: Sites, dataset: str, files: dict[str, str]) -> None:
    sites.pages[f"huggingface.co/api/datasets/{dataset}"] = json.dumps(
        {"id": dataset, "siblings": [{"rfilename": name} for name in ("README.md", *files)]}).encode()
    for name, text in files.items():
        sites.pages[f"huggingface.co/datasets/{dataset}/resolve/main/{name}"] = text.encode()


def pxweb_answer(years: list[str], value: Callable[[str, int], float | None]) -> tuple[dict, bytes]:
    """(variables as a GET gives them, the answer in JSON-stat 2) of a table of provinces and years, with a total line."""
    slugs = provinces.province_set(2022)
    places = ["WHOLE COUNTRY", "Red River Delta", *(f"  {provinces.name(s, 'en')}" for s in slugs)]
    variables = {"title": "t", "variables": [
        {"code": "Cities, provinces", "text": "p", "values": [str(i) for i in range(len(places))], "valueTexts": places},
        {"code": "Year", "text": "y", "values": [str(i) for i in range(len(years))], "valueTexts": years}]}
    values = [None if i < 2 else value(slugs[i - 2], int(y[:4]) if y[:4].isdigit() else int(y[-4:]))
              for i in range(len(places)) for y in years]
    answer = {"version": "2.0", "class": "dataset", "updated": "9999-12-31", "id": ["Cities, provinces", "Year"],
              "size": [len(places), len(years)], "value": values, "dimension": {
                  v["code"]: {"label": v["text"], "category": {"index": {k: i for i, k in enumerate(v["values"])},
                                                               "label": dict(zip(v["values"], v["valueTexts"], strict=True))}}
                  for v in variables["variables"]}}
    return variables, json.dumps(answer).encode()


def whole_table(made: dict, year: int, lang: str = "en") -> bytes:
    """One edition's table as the site prints it: no edition in the text, tiers in Vietnamese also in English."""
    heads = ["Province", *(LABELS[c] for c in LABELS), "PCI Score", "PCI Ranking", "PCI Tier"] if lang == "en" else [
        "Tỉnh", "Gia nhập thị trường", "Tiếp cận đất đai", "Tính minh bạch", "Chi phí thời gian", "Chi phí không chính thức",
        "Cạnh tranh bình đẳng", "Tính năng động", "Chính sách hỗ trợ doanh nghiệp", "Đào tạo lao động", "Thiết chế pháp lý",
        "Điểm số PCI", "Bảng xếp hạng", "Xếp loại PCI"]
    lines = []
    for slug in provinces.province_set(year):
        figures = [made[slug, year].get(c) for c in (*LABELS, "overall")]
        cells = [NAMES.get(slug, provinces.name(slug, "en" if lang == "en" else "vi")), *("N/A" if v is None else f"{v:.2f}" for v in figures),
                 "N/A" if made[slug, year]["rank"] is None else f"{made[slug, year]['rank']:.0f}", "Khá"]
        lines.append("<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
    head = "".join(f"<th>{h}</th>" for h in heads)
    return f"<html><body><table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></body></html>".encode()
