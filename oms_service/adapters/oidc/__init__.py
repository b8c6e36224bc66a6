"""Sign-in by providers outside that speak OpenID Connect."""
