"""The sections of the report, a file each; see `pipeline.report.section`."""
