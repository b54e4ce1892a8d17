"""The satisfaction survey as provinces reported it: its services, and published results of earlier rounds."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from govlib import paths
from govlib.words.tables import pair

# id -> component of data/raw/institute_reported, and what it was called there (the form has names of its own)
COMPONENTS = {
    "service_centre": "public_services_at_provincial_and_district_service_centres",
    "public_health": "public_health_services",
    "online": "online_public_services_level_3_4",
    "commune": "commune_level_public_services",
}
SERVICES = {service: pair(f"satisfaction.{service}") for service in COMPONENTS}


def reported(path: Path | None = None) -> pd.DataFrame:
    """Published results of earlier rounds, as reported: ``service, year, percent, source`` (no sample sizes are known)."""
    service = {component: key for key, component in COMPONENTS.items()}
    found = []
    for file in [path] if path else sorted((paths.raw() / "institute_reported").glob("*.csv")):
        for row in pd.read_csv(file).itertuples(index=False):
            if row.component in service:
                found.append({"service": service[row.component], "year": int(file.stem), "percent": float(row.score),
                              "source": row.source})
    return pd.DataFrame(found, columns=["service", "year", "percent", "source"])
