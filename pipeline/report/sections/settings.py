"""All settings of the run: both arms' side by side, and the others."""

from __future__ import annotations

from typing import Any

from components.names import BASELINE, CANDIDATE, ROLES
from pipeline.report.section import SummarySection
from pipeline.report.table import Table
from pipeline.runs.result import Summary

_NONE = "–"


class AllSettings(SummarySection):
    """The arms' settings, those that differ first; the experiment's behind a fold."""

    order, title = 105, "Settings"
    template = """
<p>What differs between the arms comes first: that is what the experiment compares.
<code>--set candidate.NAME=VALUE</code> changes a setting, <code>baseline.NAME</code> likewise.</p>
{{ table(section.of_arms(s)) }}
<details><summary>The experiment's other settings</summary>
{{ table(section.others(s)) }}
</details>
"""

    def of_arms(self, summary: Summary) -> Table:
        """A row a setting of an arm: whether it differs, and both values."""
        settings = summary.settings
        prefixes = tuple(f"{role}." for role in ROLES)
        fields = dict.fromkeys(
            name.partition(".")[2] for name in settings if name.startswith(prefixes)
        )
        rows = []
        for field in fields:
            before, after = (
                _shown(settings.get(f"{role}.{field}", _NONE)) for role in (BASELINE, CANDIDATE)
            )
            rows.append((field, "differs" if before != after else "same", before, after))
        rows.sort(key=lambda row: row[1])  # "differs" before "same", else as they are declared
        return Table("both arms' settings", ("setting", "arms", *ROLES), rows)

    def others(self, summary: Summary) -> Table:
        """A row a setting that is of no arm."""
        prefixes = tuple(f"{role}." for role in ROLES)
        rows = [
            (name, _shown(value))
            for name, value in summary.settings.items()
            if not name.startswith(prefixes)
        ]
        return Table("the experiment's settings", ("setting", "value"), rows)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


SECTION = AllSettings()
