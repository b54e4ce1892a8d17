"""The map of equal tiles: everyone once, nobody on another, near their true neighbours, regions whole, the archipelagos there."""

from __future__ import annotations

import pytest

from govlib.known import provinces
from govlib.known.tiles import AT_SEA, of_year, short

# who borders whom on land, of the 63 provinces (each pair once)
BORDERS = {
    "dien-bien": "lai-chau son-la", "lai-chau": "lao-cai yen-bai son-la", "son-la": "yen-bai phu-tho hoa-binh thanh-hoa",
    "lao-cai": "ha-giang yen-bai", "ha-giang": "cao-bang tuyen-quang yen-bai", "cao-bang": "bac-kan lang-son tuyen-quang",
    "yen-bai": "tuyen-quang phu-tho", "tuyen-quang": "bac-kan thai-nguyen vinh-phuc phu-tho", "bac-kan": "lang-son thai-nguyen",
    "lang-son": "thai-nguyen bac-giang quang-ninh", "thai-nguyen": "bac-giang ha-noi vinh-phuc",
    "bac-giang": "quang-ninh hai-duong bac-ninh ha-noi", "quang-ninh": "hai-duong hai-phong", "phu-tho": "vinh-phuc ha-noi hoa-binh",
    "vinh-phuc": "ha-noi", "ha-noi": "bac-ninh hung-yen ha-nam hoa-binh", "bac-ninh": "hai-duong hung-yen",
    "hai-duong": "hai-phong thai-binh hung-yen", "hai-phong": "thai-binh", "hoa-binh": "ha-nam ninh-binh thanh-hoa",
    "hung-yen": "thai-binh ha-nam", "ha-nam": "thai-binh nam-dinh ninh-binh", "thai-binh": "nam-dinh", "nam-dinh": "ninh-binh",
    "ninh-binh": "thanh-hoa", "thanh-hoa": "nghe-an", "nghe-an": "ha-tinh", "ha-tinh": "quang-binh", "quang-binh": "quang-tri",
    "quang-tri": "thua-thien-hue", "thua-thien-hue": "da-nang quang-nam", "da-nang": "quang-nam", "quang-nam": "quang-ngai kon-tum",
    "quang-ngai": "kon-tum gia-lai binh-dinh", "kon-tum": "gia-lai", "gia-lai": "binh-dinh phu-yen dak-lak",
    "binh-dinh": "phu-yen", "dak-lak": "phu-yen khanh-hoa lam-dong dak-nong", "phu-yen": "khanh-hoa",
    "dak-nong": "lam-dong binh-phuoc", "lam-dong": "khanh-hoa ninh-thuan binh-thuan dong-nai binh-phuoc", "khanh-hoa": "ninh-thuan",
    "ninh-thuan": "binh-thuan", "binh-thuan": "dong-nai ba-ria-vung-tau", "binh-phuoc": "tay-ninh binh-duong dong-nai",
    "tay-ninh": "binh-duong ho-chi-minh long-an", "binh-duong": "dong-nai ho-chi-minh", "dong-nai": "ho-chi-minh ba-ria-vung-tau",
    "ho-chi-minh": "ba-ria-vung-tau long-an tien-giang", "long-an": "dong-thap tien-giang",
    "tien-giang": "dong-thap vinh-long ben-tre", "dong-thap": "an-giang can-tho vinh-long", "vinh-long": "ben-tre tra-vinh can-tho "
    "hau-giang soc-trang", "ben-tre": "tra-vinh", "tra-vinh": "soc-trang", "an-giang": "kien-giang can-tho",
    "can-tho": "kien-giang hau-giang", "kien-giang": "hau-giang bac-lieu ca-mau", "hau-giang": "soc-trang bac-lieu",
    "soc-trang": "bac-lieu", "bac-lieu": "ca-mau"}


def borders(year: int) -> set[frozenset[str]]:
    """Of the 34, those that any of their former provinces had with another's."""
    now = {slug: slug for slug in provinces.province_set(2020)}
    if year >= 2025:
        now = {u: provinces.get(provinces.get(u, 2020).successor or u).slug for u in now}
    pairs = {frozenset((now[a], now[b])) for a, others in BORDERS.items() for b in others.split()}
    return {pair for pair in pairs if len(pair) == 2}


def near(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1])) == 1


@pytest.mark.parametrize(("year", "n"), [(2008, 64), (2024, 63), (2025, 34)])
def test_every_province_once_none_upon_another_and_the_archipelagos_at_sea(year, n):
    tiles = of_year(year)
    assert set(tiles) == {*provinces.province_set(year), "hoang-sa", "truong-sa"}
    assert len(tiles) == len(set(tiles.values())) == n + 2
    assert AT_SEA == {"hoang-sa": "da-nang", "truong-sa": "khanh-hoa"}
    east = {row: max(c for s, (r, c) in tiles.items() if r == row and s not in AT_SEA) for row, _ in tiles.values()
            if any(r == row for s, (r, _) in tiles.items() if s not in AT_SEA)}
    for slug in AT_SEA:  # east of every tile in its row, with sea between
        row, column = tiles[slug]
        assert column > east[row] + 1
    assert tiles["hoang-sa"][0] < tiles["truong-sa"][0]


@pytest.mark.parametrize("year", [2024, 2025])
def test_tiles_lie_by_their_true_neighbours(year):
    tiles, pairs = of_year(year), borders(year)
    kept = {pair for pair in pairs if near(*(tiles[s] for s in pair))}
    assert len(kept) >= 0.75 * len(pairs), sorted(map(sorted, pairs - kept))
    for slug in provinces.province_set(year):
        mine = {pair for pair in pairs if slug in pair}
        assert len(mine & kept) >= len(mine) / 2, slug
    side_by_side = [frozenset((a, b)) for a in tiles for b in tiles if a < b and sum(abs(x - y) for x, y in zip(tiles[a], tiles[b],
                                                                                                              strict=True)) == 1]
    assert sum(pair in pairs for pair in side_by_side) >= 0.7 * len(side_by_side)


@pytest.mark.parametrize("year", [2008, 2024, 2025])
def test_regions_hang_together(year):
    """Gia Lai and Đắk Lắk reach the sea since 2025 and lie between Quảng Ngãi and Khánh Hòa: that coast is in two parts in truth."""
    tiles = of_year(year)
    members: dict[str, set[str]] = {}
    for slug in provinces.province_set(year):
        members.setdefault(provinces.get(slug, year).region, set()).add(slug)
    for region, slugs in members.items():
        seen, parts = set(), 0
        for start in slugs:
            if start in seen:
                continue
            parts, todo = parts + 1, [start]
            while todo:
                at = todo.pop()
                seen.add(at)
                todo += [s for s in slugs - seen if near(tiles[at], tiles[s])]
        assert parts == (2 if year == 2025 and region == "north-central-central-coast" else 1), region


def test_short_names_only_where_the_name_is_too_long():
    assert [short(s, "vi", 2024) for s in ("ba-ria-vung-tau", "thua-thien-hue", "bac-ninh")] == ["BR-VT", "TT Huế", "Bắc Ninh"]
    assert short("thua-thien-hue", "vi", 2025) == "Huế"
