"""Floor 0: what two packages need: errors, settings, catalog, identity, jobs, telemetry."""
