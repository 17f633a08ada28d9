"""`oidc-provider` from npm, a certified OpenID provider, as a child process."""
