"""What an item of the PCI's sheets is called and measured in, from its header alone; headers in the publisher's manner."""

from __future__ import annotations

import pytest

from govlib.collect.readers import pci_items


# ---- the wording and the rest of a header --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("header", "wording", "rest"), [
    ("Tỷ lệ vụ án đã xử (%) | g3_2013_quick", "Tỷ lệ vụ án đã xử (%)", "g3_2013_quick"), ("b4_1_4 |  Rủi ro\u00a0bị thu hồi đất ", "Rủi ro bị thu hồi đất", "b4_1_4"),
    ("Chỉ tiêu | % DN chờ lâu | Câu hỏi điều tra PCI: C4", "% DN chờ lâu", "Chỉ tiêu; Câu hỏi điều tra PCI: C4"), ("Mảng 3.4 | Độ mở", "Độ mở", "Mảng 3.4"),
    ("Nhóm chỉ tiêu thành phần 3.2 | Công bằng | B1/2.1.3_1", "Công bằng", "Nhóm chỉ tiêu thành phần 3.2; B1/2.1.3_1"), ("Tiếp cận đất đai", "Tiếp cận đất đai", ""),
    ("Nhóm chỉ tiêu mới | Chờ lâu | dn_mới", "Chờ lâu", "Nhóm chỉ tiêu mới; dn_mới"), ("Tổng hai nhóm | Thanh tra | Các nhóm chỉ tiêu", "Thanh tra", "Tổng hai nhóm; Các nhóm chỉ tiêu"),
    ("Chỉ tiêu | lurc_wait", "lurc_wait", "Chỉ tiêu"), ("b4_3 | CHỈ TIÊU MỚI", "b4_3", "CHỈ TIÊU MỚI"), ("Chỉ tiêu", "Chỉ tiêu", ""), (" | h1_new | CIT reduction", "CIT reduction", "h1_new"),
    ("E/7; E8 | Tax", "Tax", "E/7; E8"), ("PCI 2014 | Tax", "Tax", "PCI 2014"), ("Over 10 | Tax", "Tax", "Over 10")])
def test_the_wording_of_a_header(header, wording, rest):
    assert pci_items.label(header) == (wording, rest)


@pytest.mark.parametrize("header", ["Sub-Index 3: Transparency", "Sub-Index2 | sub2_land", "Chỉ số thành phần 10 | sub10", "Điểm chỉ số thành phần Tính minh bạch", "Điểm Chỉ số: Đào tạo"])
def test_a_column_that_repeats_the_sub_index(header):
    assert pci_items.is_sub_index(header)


@pytest.mark.parametrize("header", ["Sub-Index: all", "Điểm trang web", "Chỉ số nội dung 1", "Điểm của tỉnh trong chỉ số thành phần 3"])
def test_a_column_that_does_not(header):
    assert not pci_items.is_sub_index(header)


# ---- one question, one name ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("component", "name", "wordings"), [
    ("entry_costs", "registration_days", {2009: "Thời gian đăng ký kinh doanh (số ngày)", 2014: "Thời gian đăng ký doanh nghiệp - số ngày", 2019: "Length of business registration in days"}),
    ("entry_costs", "wait_over_one_month", {2005: "% DN phải chờ hơn một tháng", 2019: "Waiting >=1 month to start operation (%)"}),
    ("land_access", "expropriation_risk_5_very_low", {2007: "Rủi ro bị thu hồi đất (1: rất cao)", 2018: "Expropriation risk (1: Very high; 5: Very low)"}),
    ("land_access", "expropriation_risk_5_very_high", {2019: "Expropriation risk (1: Very low; 5: Very high)"}),
    ("transparency", "planning_documents_factor", {2008: "Tính minh bạch của các tài liệu kế hoạch"}), ("transparency", "planning_documents_access", {2009: "Tính minh bạch của các tài liệu kế hoạch"}),
    ("policy_bias", "attitude_to_private_sector", {2007: "Thái độ của chính quyền tỉnh đối với khu vực tư nhân", 2008: "Thái độ của chính quyền tỉnh đối với khu vực tư nhân"}),
    ("proactivity", "attitude_to_private_sector", {2009: "Thái độ của chính quyền tỉnh đối với khu vực tư nhân", 2019: "Attitude of provincial government"}),
    ("labor_policy", "cost_of_training_to_2011", {2009: "% chi phí kinh doanh dành cho đào tạo", 2011: "% chi phí kinh doanh dành cho đào tạo"}),
    ("labor_policy", "cost_of_training", {2012: "% chi phí kinh doanh dành cho đào tạo", 2016: "% chi phí kinh doanh dành cho đào tạo CHỈ TIÊU MỚI"})])
def test_one_question_keeps_its_name_as_long_as_it_is_the_same(component, name, wordings):
    assert {year: pci_items.item(component, wording, year) for year, wording in wordings.items()} == dict.fromkeys(wordings, name)


def test_outside_its_editions_or_its_component_a_rule_names_nothing():
    wording = "Thái độ của chính quyền tỉnh đối với khu vực tư nhân"
    own = "thai_do_cua_chinh_quyen_tinh_doi_voi_khu_vuc_tu_nhan"
    assert {pci_items.item("policy_bias", wording, 2006), pci_items.item("policy_bias", wording, 2009), pci_items.item("proactivity", wording, 2008),
            pci_items.item("proactivity", wording, 2020), pci_items.item("transparency", wording, 2009)} == {own}


SERVICES = {"business_information": ("tìm kiếm thông tin thị trường", "biz info search"), "legal_advice": ("tư vấn về pháp luật", "legal consulting"),
            "match_making": ("tìm kiếm đối tác", "biz match-making"), "trade_promotion": ("xúc tiến thương mại", "trade promotion"),
            "technology": ("liên quan đến công nghệ", "technology-related"), "accounting_training": ("đào tạo về kế toán và tài chính", "accounting/financing training"),
            "management_training": ("đào tạo về quản trị kinh doanh", "BADM training"), "labor_exchange": ("giới thiệu việc làm", "labor exchange")}
USES = {"used": ("DN đã sử dụng dịch vụ {}", "Firm has used {} services (%)"), "private_provider": ("DN đã sử dụng nhà cung cấp tư nhân cho {}", "Firm has used priv. provider for {}"),
        "again": ("DN có ý định sử dụng lại nhà cung cấp tư nhân cho {}", "Intends to use the service provider again for {}")}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("use", USES)
def test_the_services_that_firms_used(service, use):
    component = "labor_policy" if service == "labor_exchange" else "business_support"
    said = [pci_items.item(component, USES[use][k].format(SERVICES[service][k]), year) for k, year in ((0, 2013), (1, 2019))]
    assert said == [f"{service}_{use}"] * 2
    to_2012 = "private_provider_again" if use == "again" else use  # asked about the private provider then, in part of all firms
    assert {pci_items.item(component, USES[use][0].format(SERVICES[service][0]), year) for year in (2009, 2012)} == {f"{service}_{to_2012}"}


def test_what_only_looks_like_a_service_that_firms_used():
    assert pci_items.item("business_support", "Số lượng DN đã sử dụng tư vấn về pháp luật", 2013) == "so_luong_dn_da_su_dung_tu_van_ve_phap_luat"
    assert pci_items.item("business_support", "Number of firms that has used legal consulting", 2019) == "number_of_firms_that_has_used_legal_consulting"
    assert pci_items.item("business_support", "DN đã sử dụng tư vấn về pháp luật", 2008) == "dn_da_su_dung_tu_van_ve_phap_luat", "asked since 2009"
    assert pci_items.item("time_costs", "DN đã sử dụng tư vấn về pháp luật", 2013) == "dn_da_su_dung_tu_van_ve_phap_luat"
    assert pci_items.item("business_support", "DN đã sử dụng dịch vụ", 2013) == "dn_da_su_dung_dich_vu"
    assert pci_items.item("business_support", "Chất lượng tư vấn về pháp luật", 2013) == "chat_luong_tu_van_ve_phap_luat"


def test_an_item_without_a_rule_is_named_by_its_own_words_up_to_sixty_letters():
    assert pci_items.item("time_costs", "DN được hoàn thuế (%) CHỈ TIÊU MỚI", 2014) == "dn_duoc_hoan_thue"
    assert pci_items.item("time_costs", "chỉ tiêu mới 2014: chỉ tiêu mới hơn", 2014) == "2014_hon"
    whole = "mot hai ba bon nam sau bay tam chin muoi mot hai ba bon xe"  # 58 letters: with its underscores, one more word would be 61
    assert pci_items.item("time_costs", whole, 2014) == whole.replace(" ", "_") and len(whole) == 58
    assert pci_items.item("time_costs", f"{whole} a x", 2014) == f"{whole} a".replace(" ", "_")
    assert pci_items.item("time_costs", f"{whole} ab x", 2014) == whole.replace(" ", "_"), "no word is taken after one that does not fit"


# ---- units ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("wording", "values", "unit"), [
    ("Rủi ro bị thu hồi đất (1: rất cao đến 5: rất thấp)", [2.5], "scale 1-5"), ("Access to documents (1: Impossible)", [2], "scale 1-5"), ("Risk (1: Very high)", [2], "scale 1-5"),
    ("Access (1: Easy)", [2], "scale 1-5"), ("Mức độ (1: rất khó)", [2], "scale 1-5"), ("Mức độ, 5: rất thấp", [2], "scale 1-5"), ("Web page rating (%)", [2], "scale 1-5"),
    ("Khía cạnh 1: Tiếp cận (ngày)", [3], "points"), ("Độ mở, Mảng 3", [3], "points"), ("Điểm dữ liệu mềm", [3], "points"), ("Dữ liệu cứng %", [3], "points"), ("Nhóm chỉ tiêu 2", [3], "points"),
    ("Thời gian đăng ký (ngày)", [12], "days"), ("Length in days (Median)", [0.5], "days"), ("Thời gian chờ đợi để được cấp", [30], "days"), ("Thời gian làm việc", [30], "as printed"),
    ("% số ngày làm việc", [0.4], "share 0-1"), ("% of hours", [40], "percent"), ("Median tax inspection hours", [8], "hours"), ("Số giờ trung vị", [8], "hours"), ("Số cuộc ngaynay", [8], "count"),
    ("Firms (%)", [0.2, 1.0], "share 0-1"), ("Firms (%)", [0.2, 1.01], "percent"), ("Change (%)", [-12, 0.5], "percent"), ("Firms (%)", [], "share 0-1"),
    ("Tỉ lệ lấp đầy", [1], "share 0-1"), ("Tỷ lệ lấp đầy", [45], "percent"), ("Percentage of firms", [45], "percent"), ("Có tỷ lệ cao", [45], "as printed"),
    ("Số lượng giấy phép", [3], "count"), ("Số lần thanh tra", [3], "count"), ("Số cuộc thanh tra", [3], "count"), ("Số hội chợ", [3], "count"), ("Tổng số giấy", [3], "count"),
    ("Number of trade fairs", [3], "count"), ("Số DN hoạt động", [3], "as printed"), ("The number of fairs", [3], "as printed"), ("", [0.5], "as printed")])
def test_units_from_the_wording_and_the_figures(wording, values, unit):
    assert pci_items.unit(wording, values) == unit


def test_the_table_of_rules_is_read_as_written():
    rules = pci_items.rules()
    assert len(rules) > 80 and len({(r.component, r.item, r.first) for r in rules}) == len(rules)
    turned = next(r for r in rules if r.item == "expropriation_risk_5_very_high")
    assert (turned.component, turned.first, turned.last) == ("land_access", 2019, 2019) and turned.pattern.search("expropriation risk 1 very low")
