"""The processes behind the gateway: goals records, alignment judges, notifications alerts."""
