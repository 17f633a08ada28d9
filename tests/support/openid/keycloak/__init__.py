"""Keycloak from Maven Central, as a child process."""
