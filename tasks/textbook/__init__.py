"""Chapter 3's own figures."""
