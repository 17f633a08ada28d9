"""How a process is put together: settings, database, outbox, broker, projections, auth, telemetry. Knows no goal."""
