"""Names for the survey items behind the PCI's sub-indices, so that one question keeps one name over the years.

The workbooks word an item in Vietnamese to 2016 and in English from 2017, and reword it now and then. A rule below ties
such wordings together where the question and the direction of its scale are the same; an item without a rule is named
after its own label and so is followed as long as its label stays. Units are not harmonised: shares are percent in 2005
and 2006 and 0–1 later, and each row says which.
"""

from __future__ import annotations

import re

from govlib.text import clean, fold

# component, name, pattern on the folded label, first and last edition for which it holds
_RULES: tuple[tuple[str, str, str, int, int], ...] = (
    ("entry_costs", "registration_days", r"^thoi gian dang ky (kinh doanh|doanh nghiep) (so )?ngay|length of business registration",
     2006, 2019),
    ("entry_costs", "re_registration_days", r"thoi gian dang ky (lai|kinh doanh bo sung)|thay doi noi dung dang ky|re registration in days",
     2006, 2019),
    ("entry_costs", "licences_needed", r"(so luong|tong so|^so) giay dang ky", 2006, 2012),
    ("entry_costs", "wait_over_one_month", r"hon mot thang|waiting 1 month", 2005, 2019),
    ("entry_costs", "wait_over_three_months", r"hon ba thang|waiting 3 months?", 2005, 2019),
    ("entry_costs", "land_certificate_wait_days", r"cho doi de duoc cap giay chung nhan quyen su dung dat", 2009, 2016),
    ("entry_costs", "one_stop_shop_procedures_displayed", r"thu tuc tai bo phan mot cua duoc niem yet", 2013, 2016),
    ("entry_costs", "guidance_clear", r"guidance (for|is clear)|registraion procedures guidance", 2017, 2019),
    ("entry_costs", "officials_knowledgeable", r"registraion procedures( are| officials are)? ?knowledgeable|are knowledgeable", 2017, 2019),
    ("entry_costs", "officials_friendly", r"officials.* are friendly", 2017, 2019),
    ("entry_costs", "it_application_good", r"good it application|it application is good", 2017, 2019),
    ("land_access", "certificate_wait_days", r"days to wait for lurc", 2017, 2019),
    ("land_access", "firms_with_land_certificate", r"^dn co gcnqsd dat|^dn co mat bang kinh doanh|possess(ion)? of an lurc", 2006, 2019),
    ("land_access", "land_area_with_certificate", r"dien tich dat (trong tinh )?co (gcnqsd|giay chung nhan)", 2006, 2016),
    ("land_access", "expropriation_risk_5_very_low", r"rui ro bi thu hoi dat|expropriation risk 1 very high", 2007, 2018),
    ("land_access", "expropriation_risk_5_very_high", r"expropriation risk 1 very low", 2019, 2019),
    ("land_access", "fair_compensation", r"boi thuong thoa dang|so tien boi thuong|compensation for land is", 2006, 2019),
    ("land_access", "land_prices_follow_market", r"thay doi khung gia dat|changes in land prices", 2009, 2019),
    ("land_access", "no_obstacle_to_land", r"khong gap can tro ve (tiep can dat dai|mat bang)|do not have difficulties in accessing land",
     2009, 2019),
    ("land_access", "no_difficulty_in_procedures", r"khong gap bat ky kho khan nao ve thu tuc|no difficulties in land related procedures",
     2013, 2019),
    ("land_access", "certificate_deterred", r"khong co do thu tuc hanh chinh ruom ra|have lurcs because of complicated", 2013, 2019),
    ("transparency", "planning_documents_factor", r"minh bach (cua cac tai lieu ke hoach|khi tiep can cac van ban ve quy hoach)", 2005, 2008),
    ("transparency", "legal_documents_factor", r"minh bach (cua cac (tai lieu phap ly|quyet dinh)|khi tiep can cac van ban luat)", 2005, 2008),
    ("transparency", "planning_documents_access", r"minh bach cua cac tai lieu ke hoach|tiep can tai lieu quy hoach|planning documents 1 impossible",
     2009, 2019),
    ("transparency", "legal_documents_access", r"minh bach cua cac tai lieu phap ly|tiep can tai lieu phap ly|legal documents 1 impossible",
     2009, 2019),
    ("transparency", "planning_documents_access_5_impossible", r"planning documents 1 easy", 2017, 2017),
    ("transparency", "legal_documents_access_5_impossible", r"legal documents 1 easy", 2017, 2017),
    ("transparency", "relationships_needed", r"^(can co )?(moi )?quan he( co vai tro)?|can co moi quan he|relationship is necessary", 2005, 2019),
    ("transparency", "family_and_friends", r"gia dinh va ban be", 2005, 2008),
    ("transparency", "negotiation_with_tax_officials", r"thuong luong voi can bo thue|negotiations with tax officials", 2005, 2019),
    ("transparency", "implementation_predictable", r"du doan duoc trong thuc thi|doan truoc duoc viec thuc hien|predictable", 2005, 2019),
    ("transparency", "associations_consulted", r"hiep hoi (doanh nghiep|dn)|biz associations", 2009, 2019),
    ("transparency", "website_score", r"diem trang web|diem so website|do mo (cua )?trang web|diem so (trang web|ve do mo)|provincial webpage", 2005, 2019),
    ("transparency", "firms_visited_website", r"truy cap vao website|accessed provincial websites", 2013, 2019),
    ("transparency", "budget_detailed", r"tai lieu ve ngan sach du chi tiet|budget documents have enough", 2013, 2019),
    ("time_costs", "over_ten_percent_of_time", r"(tren|hon) 10 (quy )?thoi gian|over 10 of time", 2005, 2019),
    ("time_costs", "inspections_median", r"so (cuoc|lan) thanh tra( kiem tra)? (so )?trung vi", 2005, 2016),
    ("time_costs", "tax_inspection_hours", r"so gio( trung vi)? (lam viec voi )?thanh tra( kiem tra)? thue|median tax inspection hours", 2005, 2019),
    ("time_costs", "officials_effective", r"giai quyet cong viec hieu qua|officials are effective", 2013, 2019),
    ("time_costs", "officials_friendly", r"can bo nha nuoc than thien|officials are friendly", 2013, 2019),
    ("time_costs", "few_trips_for_stamps", r"khong can phai di lai nhieu|travel many trips", 2013, 2019),
    ("time_costs", "paperwork_simple", r"thu tuc giay to don gian|paperwork is simple", 2013, 2019),
    ("time_costs", "fees_listed", r"phi le phi duoc cong khai|fees are listed", 2013, 2019),
    ("informal_charges", "peers_pay", r"cac dn cung nganh|line of business", 2005, 2019),
    ("informal_charges", "over_ten_percent_of_revenue", r"10 doanh thu|chi phi khong chinh thuc tren 10|percentage of revenue in informal|over 10 percent of their revenue",
     2005, 2019),
    ("informal_charges", "rents_extracted", r"quy dinh rieng cua dia phuong|nhung nhieu khi giai quyet|compliance to extract rents", 2006, 2019),
    ("informal_charges", "delivers_after_payment", r"sau khi da (chi )?tra( chi phi)?|delivered as expected", 2006, 2019),
    ("informal_charges", "charges_acceptable", r"o muc chap nhan duoc|informal charges are acceptable", 2013, 2019),
    ("policy_bias", "soe_privileges_hurt", r"uu ai cho cac tong cong ty|privileges to soes causing", 2013, 2019),
    ("policy_bias", "soe_land", r"dat dai la dac quyen danh cho cac tap doan|land access as a privilege to soes", 2013, 2019),
    ("policy_bias", "soe_credit", r"tin dung la dac quyen|credit access as a privilege", 2013, 2019),
    ("policy_bias", "soe_mining", r"khai thac khoang san la dac quyen|mineral exploitation", 2013, 2019),
    ("policy_bias", "soe_procedures", r"don gian hon la dac quyen danh cho cac tap doan|procedures as a privilege to soes", 2013, 2019),
    ("policy_bias", "soe_contracts", r"hop dong tu co quan nha nuoc la dac quyen|contracts as a privilege to soes", 2013, 2019),
    ("policy_bias", "fdi_problems_first", r"kho khan cho dn nuoc ngoai|solving difficulties to fies", 2013, 2019),
    ("policy_bias", "fdi_attraction_first", r"uu tien thu hut dau tu nuoc ngoai|priority to fdi attraction", 2013, 2019),
    ("policy_bias", "fdi_land", r"dat dai la dac quyen danh cho cac doanh nghiep fdi|land access as a privilege to fies", 2013, 2019),
    ("policy_bias", "fdi_tax", r"mien giam thue tndn|cit reduction", 2013, 2019),
    ("policy_bias", "fdi_procedures", r"don gian hon la dac quyen danh cho cac doanh nghiep fdi|procedures as a privilege to to fies", 2013, 2019),
    ("policy_bias", "fdi_support", r"hoat dong cua cac doanh nghiep fdi|during fies operation", 2013, 2019),
    ("policy_bias", "connected_firms", r"lien ket chat che|connected firms", 2013, 2019),
    ("policy_bias", "big_firms_preferred", r"uu dai voi cac cong ty lon|preferential treatment to big", 2013, 2019),
    ("policy_bias", "attitude_to_private_sector", r"thai do cua chinh quyen tinh doi voi khu vuc tu nhan", 2007, 2008),
    ("proactivity", "flexible_within_law", r"linh hoat trong khuon kho phap luat|ppc is flexible", 2013, 2019),
    ("proactivity", "creative_in_new_problems", r"nang dong va sang tao trong viec giai quyet|ppc is very proactive", 2013, 2019),
    ("proactivity", "attitude_to_private_sector", r"thai do cua chinh quyen tinh doi voi khu vuc tu nhan|attitude of provincial government", 2009, 2019),
    ("proactivity", "departments_do_not_implement", r"thuc thi tot o cac so nganh|implemented by departments", 2013, 2019),
    ("proactivity", "districts_do_not_implement", r"thuc hien tot o cap huyen|by district authorities|implemented at district", 2013, 2019),
    ("proactivity", "delays_when_unclear", r"tri hoan thuc hien|delay or do nothing", 2013, 2019),
    ("business_support", "trade_fairs", r"(so|so luong) hoi cho thuong mai|number of trade fairs", 2006, 2019),
    ("business_support", "providers_per_firm", r"so nha cung cap dich vu tren tong so dn|total number of service providers", 2013, 2019),
    ("business_support", "private_providers_share", r"nha cung cap dich vu tu nhan va co von|number of priv service providers", 2013, 2019),
    ("labor_policy", "vocational_training_good", r"day nghe tot hoac rat tot|good vocational training", 2009, 2019),
    ("labor_policy", "general_education_good", r"giao duc pho thong|good general education", 2009, 2019),
    ("labor_policy", "cost_of_training", r"chi phi kinh doanh danh cho dao tao|costs spent on labor training", 2012, 2019),
    # the same words to 2011, but a fifth of the figures: another statistic
    ("labor_policy", "cost_of_training_to_2011", r"chi phi kinh doanh danh cho dao tao", 2009, 2011),
    ("labor_policy", "cost_of_recruitment_to_2011", r"chi phi kinh doanh (danh )?cho tuyen dung", 2009, 2011),
    ("labor_policy", "cost_of_recruitment", r"chi phi kinh doanh (danh )?cho tuyen dung|costs spent on labor recruitment", 2012, 2019),
    ("labor_policy", "satisfied_with_labor", r"hai long voi|satisfaction with labor", 2010, 2019),
    ("law_and_order", "can_appeal", r"(khoi kien|to cao) hanh vi tham nhung|appeal unjust", 2008, 2019),
    ("law_and_order", "trust_in_property_rights", r"bao ve (hop dong|cua phap luat)|bao ve hop dong va cac quyen|uphold firms property", 2006, 2019),
    ("law_and_order", "courts_judge_by_law", r"xet xu (cac vu kien kinh te )?dung phap luat|judges economic cases by the law", 2013, 2019),
    ("law_and_order", "courts_quick", r"xu cac vu kien kinh te nhanh|resolve economic cases quickly", 2013, 2019),
    ("law_and_order", "judgements_enforced", r"phan quyet cua toa an duoc thi hanh|judgements are enforced", 2013, 2019),
    ("law_and_order", "legal_aid_helps", r"co quan tro giup phap ly|legal assisting agencies", 2013, 2019),
    ("law_and_order", "judgements_fair", r"phan quyet cua toa an la cong bang|judgement by the court is fair", 2013, 2019),
    ("law_and_order", "willing_to_use_courts", r"san sang su dung toa an|willingness to use court", 2013, 2019),
)
# the services asked about since 2009: used, used a private provider, would use it again
_SERVICES = (("business_information", r"tim kiem thong tin (kinh doanh|thi truong)|biz info search"),
             ("legal_advice", r"tu van (ve |thong tin )*(phap luat)|legal consulting"),
             ("match_making", r"tim (kiem )?doi tac|match making"),
             ("trade_promotion", r"xuc tien thuong mai|trade promotion"),
             ("technology", r"lien quan den cong nghe|technology related"),
             ("accounting_training", r"ke toan va tai chinh|accounting financing"),
             ("management_training", r"quan tri kinh doanh|badm"),
             ("labor_exchange", r"gioi thieu viec lam|labor exchange"))
_USES = (("again", r"y dinh|intends to use"), ("private_provider", r"tu nhan|priv(ate)? provider"), ("used", r"su dung|has used"))
_COMPILED = tuple((c, name, re.compile(pattern), a, b) for c, name, pattern, a, b in _RULES)

# columns whose figures do not fit their own header in the workbook: taken as printed, under a name of their own
MISPRINTS = {
    (2007, "time_costs", "inspections_median"):
        "figures of 0.1-0.4 under the header of a median count: it seems exchanged with the next column",
    (2007, "time_costs", "so_cuoc_thanh_tra_giam_trong_vong_hai_nam_tro_lai_day"):
        "figures of 1-2 under the header of a share: it seems exchanged with the column before",
}

_CODE = re.compile(r"^[A-Za-z]{1,9}[\d_./+; A-Za-z]*\d[\w./+;]*$|^\w+_\w+$")
_GENERIC = re.compile(r"^(chi tieu|nhom chi tieu moi)$")
_SOURCE_LINE = re.compile(r"^(cau hoi dieu tra|mang \d|nhom (cac )?chi tieu|cac nhom chi tieu|tong hai nhom)")


def label(header: str) -> tuple[str, str]:
    """The item's wording and the rest of its header (question number, variable name), from lines joined by " | "."""
    lines = [line for line in header.split(" | ") if line]
    worded = [line for line in lines if not _CODE.match(line) and not _GENERIC.match(fold(line))
              and not _SOURCE_LINE.match(fold(line))]
    chosen = worded[0] if worded else next((x for x in lines if not _GENERIC.match(fold(x))), lines[0])
    return clean(chosen), "; ".join(line for line in lines if line != chosen)


def is_sub_index(header: str) -> bool:
    """Whether a column of an item sheet repeats the sub-index itself."""
    return bool(re.match(r"^(sub index ?\d|chi so thanh phan ?\d|diem chi so)", fold(header)))


def item(component: str, wording: str, year: int) -> str:
    """The item's name within its component: by rule, else from its own wording.

    >>> item("entry_costs", "Length of business registration in days (Median)", 2018)
    'registration_days'
    """
    text = fold(wording)
    text = re.sub(r"\bchi tieu moi\b", "", text).strip()
    if component in ("business_support", "labor_policy") and year >= 2009:
        service = next((name for name, pattern in _SERVICES if re.search(pattern, text)), None)
        use = next((name for name, pattern in _USES if re.search(pattern, text)), None)
        if service and use and not re.search(r"^so luong|number of", text):
            if use == "again" and year <= 2012:  # asked about the private provider, and in part of all firms
                use = "private_provider_again"
            return f"{service}_{use}"
    for rule_component, name, pattern, first, last in _COMPILED:
        if rule_component == component and first <= year <= last and pattern.search(text):
            return name
    words, slug = text.split(), ""
    for word in words:
        if len(slug) + len(word) + 1 > 60:
            break
        slug += ("_" if slug else "") + word
    return slug


def unit(wording: str, values: list[float]) -> str:
    """Unit of a column, from its wording and its figures; "as printed" where neither tells."""
    text = fold(wording)
    top = max((abs(v) for v in values), default=0)
    if re.search(r"1 (rat cao|very|easy|impossible|rat)|5 rat thap|rating", text):
        return "scale 1-5"
    if re.search(r"khia canh|mang \d|du lieu (mem|cung)|nhom chi tieu", text):
        return "points"
    if re.search(r"\b(ngay|days)\b|^thoi gian cho doi", text) and "%" not in wording:
        return "days"
    if re.search(r"\b(gio|hours)\b", text) and "%" not in wording:
        return "hours"
    if "%" in wording or re.search(r"^ti le|^ty le|percentage", text):
        return "share 0-1" if top <= 1.0 else "percent"
    if re.search(r"^(so (luong|lan|cuoc|hoi cho)|tong so|number of)", text):
        return "count"
    return "as printed"
