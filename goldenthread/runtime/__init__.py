"""How a process is put together: settings, database, outbox, broker, projections, authentication, telemetry. It
contains no rule about goals.
"""
