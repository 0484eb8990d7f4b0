"""The nightly run: deployment, automations, server and worker."""
