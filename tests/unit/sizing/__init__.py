"""The arithmetic of sizing, and the simulated week that checks it."""
