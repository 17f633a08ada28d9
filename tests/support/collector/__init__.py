"""OpenTelemetry's Collector, built from its Go modules, as a child process."""
