"""Names that complete on Tab: ``I.pci.time_costs`` and ``P.bac_ninh`` are plain text, found without knowing how it is spelt."""

from __future__ import annotations

import difflib

from govlib.known.indices import INDICES, component_ids, index
from govlib.known.provinces import regions, resolve, units


class Id(str):
    """An index id whose components complete on Tab: ``I.pci`` is ``'pci'``, ``I.pci.time_costs`` is ``'time_costs'``."""

    def __getattr__(self, name: str) -> str:
        if not name.startswith("_"):
            known = ["overall", *component_ids(str(self))]
            if name in known:
                return name
            near = difflib.get_close_matches(name, known, n=3)
            raise AttributeError(f"{self} has no component {name!r}; nearest: {', '.join(near or known)}")
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return ["overall", *component_ids(str(self))]


class Ids:
    """Indices and their components as attributes, for completion on Tab.

    >>> I.pci, I.pci.time_costs, "control_of_corruption" in dir(I.papi)
    ('pci', 'time_costs', True)
    >>> I.pci.time_cost
    Traceback (most recent call last):
    AttributeError: pci has no component 'time_cost'; nearest: time_costs, entry_costs
    """

    def __getattr__(self, name: str) -> Id:
        if name in INDICES:
            return Id(name)
        raise AttributeError(f"no index {name!r}; there are {', '.join(INDICES)}")

    def __dir__(self) -> list[str]:
        return list(INDICES)

    def _ipython_key_completions_(self) -> list[str]:
        return list(INDICES)

    def __getitem__(self, name: str) -> Id:
        return Id(index(name).id)


class Slugs:
    """Slugs of provinces and regions as attributes, for completion on Tab: ``P.bac_ninh`` is ``'bac-ninh'``.

    >>> P.bac_ninh, P.red_river_delta, "thua_thien_hue" in dir(P)
    ('bac-ninh', 'red-river-delta', True)
    >>> P.bac_nin
    Traceback (most recent call last):
    AttributeError: no province or region 'bac_nin'; nearest: bac_ninh, bac_giang, bac_kan
    """

    def _all(self) -> dict[str, str]:
        return {slug.replace("-", "_"): slug for slug in [*(p.slug for p in units() if p.first_edition), *regions()]}

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._all()[name]
        except KeyError:
            near = difflib.get_close_matches(name, self._all(), n=3)
            raise AttributeError(f"no province or region {name!r}; nearest: {', '.join(near) or 'none'}") from None

    def __dir__(self) -> list[str]:
        return sorted(self._all())

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self._all().values())

    def __getitem__(self, name: str) -> str:
        return resolve(name)


I = Ids()  # noqa: E741
P = Slugs()
